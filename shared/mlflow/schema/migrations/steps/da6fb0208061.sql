-- Where and how long traces are archived.
ALTER TABLE trace_info ADD COLUMN db_payload_generation integer NOT NULL DEFAULT 0;
ALTER TABLE workspaces ADD COLUMN trace_archival_location text, ADD COLUMN trace_archival_retention varchar(32);
