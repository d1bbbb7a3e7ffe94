-- GET artifacts/list
SELECT coalesce(r.artifact_uri, '') FROM runs r JOIN experiments e USING (experiment_id)
WHERE r.run_uuid = '0123456789abcdef0123456789abcdef' AND e.workspace = 'default';

-- POST artifacts/presigned-download-url
SELECT coalesce(r.artifact_uri, '') FROM runs r JOIN experiments e USING (experiment_id)
WHERE r.run_uuid = '0123456789abcdef0123456789abcdef' AND e.workspace = 'default';

-- POST artifacts/presigned-upload-url
SELECT coalesce(r.artifact_uri, '') FROM runs r JOIN experiments e USING (experiment_id)
WHERE r.run_uuid = '0123456789abcdef0123456789abcdef' AND e.workspace = 'default';
