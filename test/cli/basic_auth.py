"""Makes an auth database as stock's own store does: python test/cli/basic_auth.py [<file>], where MLflow and flask_wtf are.

basic_auth.db.gz beside it is of 3.18.0, basic_auth-2.22.5.db.gz of 2.22.5.
"""
import gzip
import pathlib
import sys
import tempfile

from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore


def permissions(store):
    if hasattr(store, "create_experiment_permission"):
        store.create_experiment_permission("7", "Jürgen", "EDIT")
        store.create_registered_model_permission("m 1", "Jürgen", "MANAGE")
        store.create_registered_model_permission("asked", "Jürgen", "READ")
        return
    store.grant_user_resource_permission("Jürgen", "experiment", "7", "EDIT")
    role = store.create_role("readers", "default", "Who reads")
    store.add_role_permission(role.id, "registered_model", "*", "READ")
    store.assign_role_to_user(store.get_user("Jürgen").id, role.id)


with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder) / "basic_auth.db"
    store = SqlAlchemyStore()
    store.init_db(f"sqlite:///{file}")
    store.create_user("root", "the password of root", is_admin=True)
    store.create_user("gone", "the password of gone")
    store.create_user("Jürgen", "das Passwort: äöü")
    permissions(store)
    store.delete_user("gone")
    store.engine.dispose()
    name = sys.argv[1] if len(sys.argv) > 1 else "basic_auth.db.gz"
    pathlib.Path(__file__).with_name(name).write_bytes(gzip.compress(file.read_bytes(), mtime=0))
