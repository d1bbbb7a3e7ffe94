-- Tags of model versions of any length.
ALTER TABLE model_version_tags ALTER COLUMN value TYPE text;
