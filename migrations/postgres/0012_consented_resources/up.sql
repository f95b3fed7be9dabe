-- The resources that a client may have tokens for, between spaces; who agreed before they were kept is asked once more.
ALTER TABLE consents ADD COLUMN resources TEXT NOT NULL DEFAULT '';
