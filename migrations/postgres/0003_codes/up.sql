CREATE TABLE one_time_codes (
    id BYTEA NOT NULL,
    user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    transaction_id BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    closed_at BIGINT,
    doc TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX one_time_codes_open ON one_time_codes (transaction_id, purpose) WHERE closed_at IS NULL;
CREATE INDEX one_time_codes_transaction_id ON one_time_codes (transaction_id);
CREATE INDEX one_time_codes_user_id ON one_time_codes (user_id);
CREATE INDEX one_time_codes_expires_at ON one_time_codes (expires_at);
