CREATE TABLE session_clients (
    session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    PRIMARY KEY (session_id, client_id)
) WITHOUT ROWID;
