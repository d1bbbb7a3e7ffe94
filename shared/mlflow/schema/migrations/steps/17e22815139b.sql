-- Tags of experiments of any length.
ALTER TABLE experiment_tags ALTER COLUMN value TYPE text;
