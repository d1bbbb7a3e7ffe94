-- The outputs of a record of an evaluation dataset.
ALTER TABLE evaluation_dataset_records ADD COLUMN outputs json;
