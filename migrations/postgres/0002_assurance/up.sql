CREATE TABLE api_login_tokens (
    user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id)
);
CREATE TABLE devices (
    id BYTEA NOT NULL,
    digest BYTEA NOT NULL UNIQUE,
    user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX devices_user_id ON devices (user_id);
CREATE INDEX devices_expires_at ON devices (expires_at);
CREATE TABLE rotated_devices (
    digest BYTEA NOT NULL,
    device_id BYTEA NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    rotated_at BIGINT NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX rotated_devices_device_id ON rotated_devices (device_id);
