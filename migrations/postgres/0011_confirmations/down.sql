ALTER TABLE refresh_tokens DROP COLUMN confirmation;
ALTER TABLE codes DROP COLUMN dpop_jkt;
