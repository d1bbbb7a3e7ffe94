"""Makes basic_auth.db.gz beside it: python test/cli/basic_auth.py, where MLflow 3.18.0 and flask_wtf are installed."""
import gzip
import pathlib
import tempfile

from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder) / "basic_auth.db"
    store = SqlAlchemyStore()
    store.init_db(f"sqlite:///{file}")
    store.create_user("root", "the password of root", is_admin=True)
    gone = store.create_user("gone", "the password of gone")
    user = store.create_user("Jürgen", "das Passwort: äöü")
    store.grant_user_resource_permission("Jürgen", "experiment", "7", "EDIT")
    store.delete_user("gone")
    role = store.create_role("readers", "default", "Who reads")
    store.add_role_permission(role.id, "registered_model", "*", "READ")
    store.assign_role_to_user(user.id, role.id)
    store.engine.dispose()
    target = pathlib.Path(__file__).with_name("basic_auth.db.gz")
    target.write_bytes(gzip.compress(file.read_bytes(), mtime=0))
