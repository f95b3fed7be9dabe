CREATE TABLE pairwise_subjects (
    user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sector TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (user_id, sector)
);
CREATE UNIQUE INDEX pairwise_subjects_subject ON pairwise_subjects (subject);
