ALTER TABLE clients ADD COLUMN registered_at BIGINT;
ALTER TABLE clients ADD COLUMN registration_token BYTEA;
CREATE INDEX clients_registered_at ON clients (registered_at);
CREATE INDEX grants_client_id ON grants (client_id);
CREATE TABLE registration_tokens (
    name TEXT NOT NULL,
    digest BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    uses_left BIGINT NOT NULL,
    PRIMARY KEY (name)
);
