CREATE TABLE recovery_codes (
    credential_id BLOB NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    digest BLOB NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (credential_id, digest)
);
ALTER TABLE users ADD COLUMN email_key TEXT;
UPDATE users SET email_key = lower(trim(json_extract(doc, '$.claims.email')));
CREATE INDEX users_email_key ON users (email_key);
