-- The storage location of a model version.
ALTER TABLE model_versions ADD COLUMN storage_location varchar(500);
