CREATE TABLE upstream_links (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    credential_id BYTEA NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX upstream_links_credential_id ON upstream_links (credential_id);
CREATE TABLE upstream_sessions (
    session_id BYTEA NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    credential_id BYTEA NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    sid TEXT,
    PRIMARY KEY (session_id, credential_id)
);
CREATE INDEX upstream_sessions_credential_id ON upstream_sessions (credential_id);
CREATE INDEX upstream_sessions_sid ON upstream_sessions (issuer, sid);
