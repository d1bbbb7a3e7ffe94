"""Prints every route of a stock server as JSON: those of its Flask app and those of its FastAPI routers.

    python test/contract/routes.py > test/contract/mlflow-3.18.0-routes.json
"""

import json
import os
import tempfile

os.environ["MLFLOW_BACKEND_STORE_URI"] = f"sqlite:///{tempfile.mkdtemp()}/mlflow.db"

import mlflow
from mlflow.server import app as flask_app
from mlflow.server.fastapi_app import create_fastapi_app


def of_fastapi(routes, prefix=""):
    for route in routes:
        if hasattr(route, "methods"):
            yield from ((method, prefix + route.path) for method in route.methods)
        elif hasattr(route, "original_router"):
            yield from of_fastapi(route.original_router.routes, prefix + route.include_context.prefix)


def of_flask():
    for rule in flask_app.url_map.iter_rules():
        # Flask adds these two to each rule.
        yield from ((method, rule.rule) for method in rule.methods - {"HEAD", "OPTIONS"})


found = {*of_flask(), *of_fastapi(create_fastapi_app().routes)}
routes = sorted(f"{method} {path}" for method, path in found)
print(json.dumps({"mlflow": mlflow.__version__, "routes": routes}, indent=1))
