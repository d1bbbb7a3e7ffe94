-- The display name of a binding.
ALTER TABLE endpoint_bindings ADD COLUMN display_name varchar(255);
