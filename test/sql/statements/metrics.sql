-- GET metrics/get-history
SELECT '[' || '{"key":"loss","value":'::text || string_agg(concat(CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step ), '},' || '{"key":"loss","value":'::text) || '}]' AS metrics, EXISTS (SELECT * FROM metrics WHERE run_uuid = '0123456789abcdef0123456789abcdef' AND key = 'loss' ORDER BY step OFFSET 1000) AS more
FROM (SELECT * FROM (SELECT * FROM metrics WHERE run_uuid = '0123456789abcdef0123456789abcdef' AND key = 'loss' OFFSET 0) p ORDER BY timestamp, step, value, is_nan OFFSET 0 LIMIT 1000) m;

-- GET metrics/get-history-bulk
SELECT coalesce('[' || '{"key":"loss","value":'::text || string_agg(concat(CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step , ',"run_id":', to_json(m.run_uuid)), '},' || '{"key":"loss","value":'::text) || '}]', '[]') FROM (
  SELECT * FROM metrics WHERE run_uuid = ANY('{"0123456789abcdef0123456789abcdef"}'::text[]) AND key = 'loss'
  ORDER BY run_uuid, timestamp, step, value, is_nan LIMIT 25000) m;

-- GET metrics/get-history-bulk-interval
SELECT '[' || '{"key":"loss","value":'::text || string_agg(concat(CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step , ',"run_id":', to_json(m.run_id)), '},' || '{"key":"loss","value":'::text) || '}]' FROM (
  SELECT * FROM (
    SELECT run_id, run_place, points.*, total / 2500::int AS size, total % 2500::int AS larger
    FROM unnest('{"0123456789abcdef0123456789abcdef"}'::text[]) WITH ORDINALITY AS run(run_id, run_place), LATERAL (
      SELECT *, row_number() OVER (ORDER BY step, timestamp, value, is_nan) - 1 AS place, count(*) OVER () AS total
      FROM metrics WHERE run_uuid = run_id AND key = 'loss' AND step BETWEEN '0'::bigint AND '1000'::bigint
    ) points
  ) placed
  WHERE place = total - 1 OR (
    (size = 0 OR place <> total - size)
    AND CASE WHEN place < larger * (size + 1) THEN place % (size + 1) = 0 ELSE (place - larger * (size + 1)) % size = 0 END)
  ORDER BY run_place, place LIMIT NULL) m;
