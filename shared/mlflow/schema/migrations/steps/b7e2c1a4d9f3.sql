-- A job's creator.
ALTER TABLE jobs ADD COLUMN creator varchar(255);
