CREATE TABLE device_codes (
    digest BLOB NOT NULL,
    user_code BLOB NOT NULL,
    doc TEXT NOT NULL,
    pause_micros BIGINT NOT NULL,
    next_poll_at BIGINT NOT NULL,
    answered_at BIGINT,
    grant_id BLOB,
    consumed_at BIGINT,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (digest)
) WITHOUT ROWID;
CREATE UNIQUE INDEX device_codes_user_code ON device_codes (user_code);
CREATE INDEX device_codes_expires_at ON device_codes (expires_at);
