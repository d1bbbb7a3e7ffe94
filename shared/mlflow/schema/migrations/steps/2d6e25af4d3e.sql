-- Params of up to 8,000 characters.
ALTER TABLE params ALTER COLUMN value TYPE varchar(8000);
