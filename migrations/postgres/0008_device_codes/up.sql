CREATE TABLE device_codes (
    digest BYTEA NOT NULL,
    user_code BYTEA NOT NULL,
    doc TEXT NOT NULL,
    pause_micros BIGINT NOT NULL,
    next_poll_at BIGINT NOT NULL,
    answered_at BIGINT,
    grant_id BYTEA,
    consumed_at BIGINT,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (digest)
);
CREATE UNIQUE INDEX device_codes_user_code ON device_codes (user_code);
CREATE INDEX device_codes_expires_at ON device_codes (expires_at);
