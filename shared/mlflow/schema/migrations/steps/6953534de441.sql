-- The step of an input.
ALTER TABLE inputs ADD COLUMN step bigint NOT NULL DEFAULT '0';
