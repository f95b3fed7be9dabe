CREATE TABLE directory (
    id INTEGER NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE directory_objects (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (kind, name)
);
CREATE TABLE clients (
    client_id TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (client_id)
);
CREATE TABLE users (
    id BYTEA NOT NULL,
    username_key TEXT NOT NULL UNIQUE,
    profile TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE credentials (
    id BYTEA NOT NULL,
    user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    confirmed_at BIGINT,
    last_used_at BIGINT,
    last_step BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX credentials_user_id ON credentials (user_id);
CREATE TABLE sessions (
    id BYTEA NOT NULL,
    digest BYTEA NOT NULL UNIQUE,
    user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);
CREATE TABLE interactions (
    id BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    consumed_at BIGINT,
    doc TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX interactions_expires_at ON interactions (expires_at);
CREATE TABLE consents (
    user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE TABLE grants (
    id BYTEA NOT NULL,
    user_id BYTEA,
    client_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    doc TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX grants_user_id ON grants (user_id);
CREATE INDEX grants_expires_at ON grants (expires_at);
CREATE TABLE codes (
    digest BYTEA NOT NULL,
    grant_id BYTEA NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    redirect_uri_given BOOLEAN NOT NULL,
    code_challenge TEXT,
    expires_at BIGINT NOT NULL,
    consumed_at BIGINT,
    PRIMARY KEY (digest)
);
CREATE INDEX codes_grant_id ON codes (grant_id);
CREATE INDEX codes_expires_at ON codes (expires_at);
CREATE TABLE access_tokens (
    digest BYTEA NOT NULL,
    grant_id BYTEA,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    doc TEXT NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX access_tokens_expires_at ON access_tokens (expires_at);
CREATE TABLE refresh_tokens (
    id BYTEA NOT NULL,
    digest BYTEA NOT NULL UNIQUE,
    grant_id BYTEA NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    predecessor BYTEA,
    state TEXT NOT NULL,
    successor_random BYTEA,
    redeemed_at BIGINT,
    issued_at BIGINT NOT NULL,
    idle_expires_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX refresh_tokens_grant_id ON refresh_tokens (grant_id);
CREATE INDEX refresh_tokens_predecessor ON refresh_tokens (predecessor);
CREATE INDEX refresh_tokens_expires_at ON refresh_tokens (expires_at);
CREATE TABLE revoked_tokens (
    jti TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (jti)
);
CREATE INDEX revoked_tokens_expires_at ON revoked_tokens (expires_at);
CREATE TABLE seen_once (
    digest BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX seen_once_expires_at ON seen_once (expires_at);
CREATE TABLE counters (
    name TEXT NOT NULL,
    hits BIGINT NOT NULL,
    window_ends_at BIGINT NOT NULL,
    PRIMARY KEY (name)
);
CREATE INDEX counters_window_ends_at ON counters (window_ends_at);
CREATE TABLE tickets (
    digest BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    doc TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    consumed_at BIGINT,
    PRIMARY KEY (digest)
);
CREATE INDEX tickets_expires_at ON tickets (expires_at);
CREATE TABLE signing_keys (
    kid TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    private_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    retires_at BIGINT,
    PRIMARY KEY (kid)
);
CREATE TABLE jobs (
    id BYTEA NOT NULL,
    unique_name TEXT UNIQUE,
    doc TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    leased_until BIGINT,
    last_error TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX jobs_run_at ON jobs (run_at);
CREATE TABLE audit_entries (
    chain BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    user_id BYTEA,
    client_id TEXT,
    body TEXT NOT NULL,
    link BYTEA NOT NULL,
    PRIMARY KEY (chain, sequence)
);
CREATE INDEX audit_entries_at ON audit_entries (at);
CREATE TABLE audit_chains (
    id BYTEA NOT NULL,
    sealed_sequence BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE audit_seals (
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    heads TEXT NOT NULL,
    mac BYTEA NOT NULL,
    PRIMARY KEY (number)
);

INSERT INTO directory (id, version) VALUES (1, 1);
