CREATE TABLE recovery_codes (
    credential_id BYTEA NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    digest BYTEA NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (credential_id, digest)
);
ALTER TABLE users ADD COLUMN email_key TEXT;
UPDATE users SET email_key = translate(
    btrim(doc::json -> 'claims' ->> 'email'),
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    'abcdefghijklmnopqrstuvwxyz'
);
CREATE INDEX users_email_key ON users (email_key);
