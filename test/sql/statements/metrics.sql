-- GET metrics/get-history
SELECT '[' || '{"key":"loss","value":'::text || string_agg(concat(CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step ), '},' || '{"key":"loss","value":'::text) || '}]' AS points, count(*)::int AS count FROM (SELECT * FROM (SELECT * FROM metrics WHERE run_uuid = (SELECT '0123456789abcdef0123456789abcdef'::text) AND key = 'loss' AND step BETWEEN (SELECT '-9223372036854775808'::bigint) AND (SELECT '9223372036854775807'::bigint) AND timestamp <= (SELECT CASE WHEN (SELECT step FROM metrics WHERE run_uuid = (SELECT '0123456789abcdef0123456789abcdef'::text) AND key = 'loss' AND step BETWEEN (SELECT '-9223372036854775808'::bigint) AND (SELECT '9223372036854775807'::bigint) ORDER BY step DESC LIMIT (SELECT 1))::numeric - (SELECT step FROM metrics WHERE run_uuid = (SELECT '0123456789abcdef0123456789abcdef'::text) AND key = 'loss' AND step BETWEEN (SELECT '-9223372036854775808'::bigint) AND (SELECT '9223372036854775807'::bigint) ORDER BY step  LIMIT (SELECT 1)) >= (SELECT 1001::bigint)
THEN (SELECT max(timestamp) FROM (SELECT timestamp FROM metrics WHERE run_uuid = (SELECT '0123456789abcdef0123456789abcdef'::text) AND key = 'loss' AND step BETWEEN (SELECT '-9223372036854775808'::bigint) AND (SELECT '9223372036854775807'::bigint) ORDER BY step LIMIT (SELECT 1001::bigint)) f) ELSE 9223372036854775807 END) OFFSET 0) p
ORDER BY timestamp, step, value, is_nan OFFSET 0 LIMIT 1001) m;

-- GET metrics/get-history-bulk
SELECT coalesce('[' || '{"key":"loss","value":'::text || string_agg(concat(CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step , ',"run_id":', to_json(m.run_uuid)), '},' || '{"key":"loss","value":'::text) || '}]', '[]') FROM (
  SELECT m.* FROM (SELECT DISTINCT run_id FROM unnest('{"0123456789abcdef0123456789abcdef"}'::text[]) run_id ORDER BY run_id) run,
    LATERAL (SELECT * FROM (SELECT * FROM metrics WHERE run_uuid = run_id AND key = 'loss' AND step BETWEEN (SELECT '-9223372036854775808'::bigint) AND (SELECT '9223372036854775807'::bigint) AND timestamp <= (SELECT CASE WHEN (SELECT step FROM metrics WHERE run_uuid = run_id AND key = 'loss' AND step BETWEEN (SELECT '-9223372036854775808'::bigint) AND (SELECT '9223372036854775807'::bigint) ORDER BY step DESC LIMIT (SELECT 1))::numeric - (SELECT step FROM metrics WHERE run_uuid = run_id AND key = 'loss' AND step BETWEEN (SELECT '-9223372036854775808'::bigint) AND (SELECT '9223372036854775807'::bigint) ORDER BY step  LIMIT (SELECT 1)) >= (SELECT 25000::bigint)
THEN (SELECT max(timestamp) FROM (SELECT timestamp FROM metrics WHERE run_uuid = run_id AND key = 'loss' AND step BETWEEN (SELECT '-9223372036854775808'::bigint) AND (SELECT '9223372036854775807'::bigint) ORDER BY step LIMIT (SELECT 25000::bigint)) f) ELSE 9223372036854775807 END) OFFSET 0) p
ORDER BY timestamp, step, value, is_nan OFFSET 0 LIMIT 25000) m
  LIMIT 25000) m;

-- GET metrics/get-history-bulk-interval
SELECT '[' || '{"key":"loss","value":'::text || string_agg(concat(CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step , ',"run_id":', to_json(m.run_id)), '},' || '{"key":"loss","value":'::text) || '}]' AS points FROM (
  SELECT run_id, run_place, p.*
  FROM unnest('{"0123456789abcdef0123456789abcdef"}'::text[]) WITH ORDINALITY AS run(run_id, run_place), LATERAL (
    SELECT array_agg(step) AS steps, count(*)::int AS total FROM (
      SELECT step FROM metrics WHERE run_uuid = run_id AND key = 'loss' AND step BETWEEN (SELECT '0'::bigint) AND (SELECT '1000'::bigint) ORDER BY step) s
  ) logged, LATERAL (
    SELECT timestamp, step, value, is_nan, place FROM (
      SELECT *, row_number() OVER (ORDER BY step, timestamp, value, is_nan) - 1 AS place
      FROM metrics WHERE run_uuid = run_id AND key = 'loss' AND step BETWEEN (SELECT '0'::bigint) AND (SELECT '1000'::bigint) AND total <= 20000::int
    ) a WHERE place = total - 1 OR (
((total / 2500::int) = 0 OR place <> total - (total / 2500::int))
AND CASE WHEN place < (total % 2500::int) * ((total / 2500::int) + 1) THEN place % ((total / 2500::int) + 1) = 0
  ELSE (place - (total % 2500::int) * ((total / 2500::int) + 1)) % (total / 2500::int) = 0 END)
    UNION ALL
    SELECT timestamp, step, value, is_nan, place FROM (
      SELECT m.*, last - row_number() OVER (PARTITION BY m.step ORDER BY m.timestamp DESC, m.value DESC, m.is_nan DESC) AS place
      FROM (
        SELECT step, width_bucket(step, steps) AS last FROM (
          SELECT DISTINCT steps[1 + CASE WHEN bucket = 2500::int - 1 THEN total - 1
            ELSE bucket * (total / 2500::int) + least(bucket, (total % 2500::int)) END] AS step
          FROM generate_series(0, 2500::int - 1) bucket WHERE NOT total <= 20000::int) d
      ) d, LATERAL (SELECT * FROM metrics WHERE run_uuid = run_id AND key = 'loss' AND step = d.step OFFSET 0) m
    ) b WHERE place = total - 1 OR (
((total / 2500::int) = 0 OR place <> total - (total / 2500::int))
AND CASE WHEN place < (total % 2500::int) * ((total / 2500::int) + 1) THEN place % ((total / 2500::int) + 1) = 0
  ELSE (place - (total % 2500::int) * ((total / 2500::int) + 1)) % (total / 2500::int) = 0 END)
  ) p ORDER BY run_place, place 
) m GROUP BY run_place ORDER BY run_place;
