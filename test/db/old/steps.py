"""Writes what MLflow's schema consists of at each revision from 2.0 on: shared/mlflow/schema/migrations/steps/objects.txt.

python steps.py <URI of an empty PostgreSQL database>, with the Python of a stock MLflow of the newest version
"""

import re
import sys
from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.script import ScriptDirectory
from mlflow.store.db.utils import _get_alembic_config
from mlflow.store.tracking.dbmodels.initial_models import Base

OLDEST = "97727af70f4d"
SCHEMA = Path(__file__).parents[3] / "shared/mlflow/schema"
TITLE = "# What MLflow's schema consists of at each head: what a step adds (+) and removes (-). Made by test/db/old/steps.py."

uri = sys.argv[1].replace("postgresql:", "postgresql+psycopg2:")
engine = sqlalchemy.create_engine(uri)
config = _get_alembic_config(uri)
query = re.search(r"const query = `(.*?)`", (SCHEMA / "upgrade/objects.ts").read_text(), re.DOTALL)[1].replace("%", "%%")

Base.metadata.create_all(engine)
revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]
lines, before = [TITLE], {}
for revision in revisions[revisions.index(OLDEST) :]:
    command.upgrade(config, revision)
    with engine.connect() as connection:
        objects = dict(connection.exec_driver_sql(query).fetchall())
    lines.append(revision)
    for name in sorted(before.keys() | objects.keys()):
        if name not in objects:
            lines.append(f"- {name}: {before[name]}")
        elif before.get(name) != objects[name]:
            lines.append(f"+ {name}: {objects[name]}")
    before = objects
(SCHEMA / "migrations/steps/objects.txt").write_text("\n".join(lines) + "\n")
