"""Fills stock's SQLite file or folder: python bench/import_source.py <file> <runs> <experiments> [<folder>].

Each run has 50 metrics of 100 points, 10 params and 5 tags. The file is an empty database of MLflow 3.18; the folder gets
what is in it as a file store, of one experiment.
"""

import os
import sqlite3
import sys

file, runs, experiments = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
db = sqlite3.connect(file)

# The indexes that can be made once all rows are there; the file is thrown away where this fails.
FILL = f"""
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1500000;
DROP INDEX index_metrics_run_uuid; DROP INDEX index_metrics_run_uuid_key_step;
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {experiments})
  INSERT INTO experiments SELECT i, iif(i = 1, 'bench', 'bench ' || i), 'mlflow-artifacts:/' || i, 'active', 1700000000000,
  1700000000000, 'default' FROM n;
CREATE TEMP TABLE r AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT {runs})
  SELECT i, lower(hex(randomblob(16))) AS id, i % {experiments} + 1 AS experiment FROM n;
CREATE TEMP TABLE s AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 100) SELECT i FROM n;
CREATE TEMP TABLE k AS SELECT i, 'metric_' || i AS name FROM s WHERE i < 50;
INSERT INTO runs SELECT id, 'run ' || i, 'LOCAL', 'train.py', '', 'bench', 'FINISHED', 1700000000000 + i * 100000,
  1700000099000 + i * 100000, '', 'active', 'mlflow-artifacts:/' || experiment || '/' || id || '/artifacts', experiment, NULL FROM r;
INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan)
  SELECT k.name, (random() / 9.3e18 + 1) / 2 * exp(-s.i / 50.0), 1700000000000 + r.i * 100000 + s.i * 1000, r.id, s.i, 0
  FROM r CROSS JOIN s CROSS JOIN k;
INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT key, value, timestamp, step, is_nan, run_uuid FROM metrics WHERE step = 99;
INSERT INTO params (key, value, run_uuid) SELECT 'param_' || s.i, r.i || ' ' || s.i, r.id FROM r CROSS JOIN s WHERE s.i < 10;
INSERT INTO tags (key, value, run_uuid) SELECT 'tag_' || s.i, r.i || ' ' || s.i, r.id FROM r CROSS JOIN s WHERE s.i < 5;
COMMIT;
CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
CREATE INDEX index_metrics_run_uuid_key_step ON metrics (run_uuid, "key", step);
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as out:
        out.write(text)


def yaml(values):
    return "".join(f"{name}: {value}\n" for name, value in values.items())


def write_folder(root):
    experiment = {"lifecycle_stage": "active", "creation_time": 1700000000000, "last_update_time": 1700000000000}
    for number, name in [("0", "Default"), ("100000000000000001", "bench")]:
        place = {"artifact_location": f"mlflow-artifacts:/{number}", "experiment_id": f"'{number}'", "name": name}
        write(f"{root}/{number}/meta.yaml", yaml(place | experiment))
    for run, name, start, end in db.execute("SELECT run_uuid, name, start_time, end_time FROM runs"):
        folder = f"{root}/{number}/{run}"
        meta = {"artifact_uri": f"mlflow-artifacts:/{number}/{run}/artifacts", "deleted_time": "null", "end_time": end}
        meta |= {"entry_point_name": "''", "experiment_id": f"'{number}'", "lifecycle_stage": "active"}
        meta |= {"run_id": f"'{run}'", "run_name": name, "source_name": "''", "source_type": 4, "source_version": "''"}
        write(f"{folder}/meta.yaml", yaml(meta | {"start_time": start, "status": 3, "tags": "[]", "user_id": "bench"}))
        points = {}
        query = "SELECT key, timestamp, value, step FROM metrics WHERE run_uuid = ? ORDER BY step"
        for key, timestamp, value, step in db.execute(query, [run]):
            points.setdefault(key, []).append(f"{timestamp} {value!r} {step}\n")
        for key, lines in points.items():
            write(f"{folder}/metrics/{key}", "".join(lines))
        for table in ["params", "tags"]:
            for key, value in db.execute(f"SELECT key, value FROM {table} WHERE run_uuid = ?", [run]):
                write(f"{folder}/{table}/{key}", value)


db.executescript(FILL)
if len(sys.argv) > 4:
    write_folder(sys.argv[4])
db.close()
