"""Makes the databases of old versions that the tests upgrade, and what stock's `mlflow db upgrade` makes of each.

python make.py <URI of a PostgreSQL server, without a database> <folder for virtual environments> [version ...]

Needs Python 3.11, psql and pg_dump. For each version: a virtual environment with its wheel, a database that its client
fills (fill.py, hostile.py), <version>.sql.gz with that, and <version>.upgraded.json.gz with the rows after stock's upgrade.
"""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NEWEST = "3.18.0"
COMMON = "psycopg2-binary pyyaml click cloudpickle requests gitpython packaging sqlparse flask docker Jinja2 markdown".split()
COMMON += ["importlib-metadata<9", "setuptools<81", "alembic<2"]
OLD = ["entrypoints", "databricks-cli", "pytz", "querystring_parser", "numpy<2", "protobuf<5", "pandas<2"]
NEW = """cachetools opentelemetry-api opentelemetry-sdk opentelemetry-proto pydantic fastapi uvicorn graphene databricks-sdk
typing_extensions python-dotenv cryptography huey Flask-Cors aiohttp starlette skops pyarrow numpy<3 pandas<3 protobuf<7""".split()
VERSIONS = {
    "2.0.1": [*OLD, "sqlalchemy<2"],
    "2.9.2": [*OLD, "sqlalchemy<2.1"],
    "2.22.5": [*NEW, "sqlalchemy<2.1"],
    "3.1.4": [*NEW, "sqlalchemy<2.1"],
    "3.9.0": [*NEW, "sqlalchemy<2.1"],
    "3.16.1": [*NEW, "sqlalchemy<2.1"],
    "3.17.2": [*NEW, "sqlalchemy<2.1"],
    NEWEST: [*NEW, "sqlalchemy<2.1"],
}


QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false", "PYTHONDONTWRITEBYTECODE": "1"}


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, text=True, **options)


def python(folder: Path, version: str) -> Path:
    """The interpreter of a virtual environment with that version, and with what its store needs of others."""
    home = folder / version
    if not (home / "complete").exists():
        run(sys.executable, "-m", "venv", home)
        parts = ["mlflow", "mlflow-skinny", "mlflow-tracing"] if version[0] == "3" else ["mlflow"]
        if version == "2.22.5":
            parts.append("mlflow-skinny")
        run(home / "bin/pip", "install", "--quiet", "--no-deps", *(f"{part}=={version}" for part in parts))
        run(home / "bin/pip", "install", "--quiet", *COMMON, *VERSIONS[version])
        (home / "complete").touch()
    return home / "bin/python"


def sql(server: str, database: str, statement: str) -> str:
    options = ["--quiet", "--set", "ON_ERROR_STOP=1", "-AtXc", statement]
    return run("psql", f"{server}/{database}", *options, capture_output=True).stdout


def dump(server: str, database: str) -> str:
    """The database as statements that any client can run: no COPY, no commands of psql."""
    command = ["pg_dump", "--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=200", f"{server}/{database}"]
    text = run(*command, capture_output=True).stdout
    return re.sub(r"(?m)^(?:--.*|\\.*|SET .*;|SELECT pg_catalog\.set_config\('search_path'.*)?\n", "", text)




def rows(server: str, database: str) -> dict[str, list[str]]:
    tables = sql(server, database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").split()
    query = "SELECT json_agg(t::text ORDER BY t::text COLLATE \"C\") FROM {} t"
    masked = "SELECT json_agg((to_jsonb(t) - 'last_update_time')::text ORDER BY id) FROM {} t"
    answers = {name: sql(server, database, (masked if name == "jobs" else query).format(name)).strip() for name in tables}
    return {name: json.loads(answer) for name, answer in answers.items() if answer}


def write(name: str, text: str):
    (HERE / name).write_bytes(gzip.compress(text.encode(), mtime=0))
    print(name, (HERE / name).stat().st_size, "bytes", flush=True)


def make(server: str, folder: Path, version: str):
    database = f"old_{version.replace('.', '_')}"
    sql(server, "postgres", f"DROP DATABASE IF EXISTS {database}")
    sql(server, "postgres", f"CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8'")
    uri = f"{server}/{database}".replace("postgresql:", "postgresql+psycopg2:")
    artifacts = Path("/tmp/mlflow-old")
    artifacts.mkdir(exist_ok=True)
    run(python(folder, version), HERE / "fill.py", uri, artifacts, cwd=artifacts, env=os.environ | QUIET)
    write(f"{version}.sql.gz", dump(server, database))
    run(python(folder, NEWEST), "-m", "mlflow", "db", "upgrade", uri)
    write(f"{version}.upgraded.json.gz", json.dumps(rows(server, database), ensure_ascii=False, indent=0))
    sql(server, "postgres", f"DROP DATABASE {database}")


if __name__ == "__main__":
    server, folder, *versions = sys.argv[1:]
    for version in versions or [version for version in VERSIONS if version != NEWEST]:
        make(server, Path(folder), version)
