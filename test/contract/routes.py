"""Prints every route of a stock server as JSON: those of its Flask app and those of its FastAPI routers, and
beside them those that basic auth adds (it needs flask_wtf).

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


def listed(found):
    return sorted(f"{method} {path}" for method, path in found)


found = {*of_flask(), *of_fastapi(create_fastapi_app().routes)}

# The app with basic auth adds its routes to the same Flask app.
config = os.path.join(tempfile.mkdtemp(), "basic_auth.ini")
with open(config, "w") as file:
    file.write(f"[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///{config}.db\n")
    file.write("admin_username = admin\nadmin_password = a password for this list\n")
    file.write("authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n")
os.environ["MLFLOW_AUTH_CONFIG_PATH"] = config
os.environ["MLFLOW_FLASK_SERVER_SECRET_KEY"] = "a key for this list"

from mlflow.server.auth import create_app

create_app(flask_app)
auth = {*of_flask()} - found
print(json.dumps({"mlflow": mlflow.__version__, "routes": listed(found), "auth": listed(auth)}, indent=1))
