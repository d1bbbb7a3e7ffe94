-- Tags of runs of up to 8,000 characters.
ALTER TABLE tags ALTER COLUMN value TYPE varchar(8000);
