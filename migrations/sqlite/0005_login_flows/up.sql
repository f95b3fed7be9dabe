CREATE TABLE accepted_terms (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    terms TEXT NOT NULL,
    version TEXT NOT NULL,
    accepted_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, terms, version)
);
