"""All methods of AuthServiceClient: python auth-client.py <password of admin>. Prints as JSON what each call answered.

Leaves users, roles and grants behind, which the tests look at.
"""

import json
import os
import sys

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.server.auth.client import AuthServiceClient

client = AuthServiceClient(os.environ["MLFLOW_TRACKING_URI"])
passwords = {"admin": sys.argv[1]}
steps = []
called = set()
ids = {}


def sign_in(name):
    os.environ["MLFLOW_TRACKING_USERNAME"] = name
    os.environ["MLFLOW_TRACKING_PASSWORD"] = passwords[name]


def masked(kind, number):
    """Ids of each kind, in the order in which they appeared."""
    known = ids.setdefault(kind, [])
    if number not in known:
        known.append(number)
    return f"{kind} {known.index(number) + 1}"


def shown(value, kind=None):
    if isinstance(value, list):
        return [shown(each) for each in value]
    if isinstance(value, dict):
        return {
            key: masked(kind if key == "id" else key.removesuffix("_id"), found)
            if key in ("id", "role_id", "user_id")
            else shown_name(found)
            if key == "name"
            else shown(found)
            for key, found in value.items()
        }
    if hasattr(value, "to_json"):
        kinds = {"User": "user", "Role": "role", "RolePermission": "permission", "UserRoleAssignment": "assignment"}
        shown_value = value.to_json()
        # Nested permissions lose their class in to_json.
        if type(value).__name__ == "Role":
            return {**shown({**shown_value, "permissions": []}, "role"), "permissions": shown(value.permissions)}
        return shown(shown_value, kinds.get(type(value).__name__))
    return value


def shown_name(name):
    parts = name.split("__user_")
    return f"__user_{masked('user', int(parts[1][:-2]))}__" if len(parts) == 2 and parts[1][:-2].isdigit() else name


def call(who, method, *args, **kwargs):
    sign_in(who)
    called.add(method)
    step = {"name": f"{who}: {method} {len(steps)}", "call": [shown_argument(each) for each in [*args, *kwargs.values()]]}
    steps.append(step)
    try:
        answer = getattr(client, method)(*args, **kwargs)
        step["answer"] = shown(answer)
        return answer
    except MlflowException as error:
        step["answer"] = {"error_code": error.error_code, "class": type(error).__name__, "message": error.message}


def shown_argument(value):
    return "<password>" if value in passwords.values() else value


def a_user(name):
    passwords[name] = f"the password of {name}"
    return call("admin", "create_user", name, passwords[name])


absent = 999_999

# Users
ada, ben, cleo = a_user("ada"), a_user("ben"), a_user("Çleo")
a_user("boss")
a_user("gone")
call("admin", "create_user", "ada", "another password")
call("admin", "create_user", "short", "too short")
call("admin", "create_user", "", "long enough it is")
call("ada", "create_user", "eve", "long enough it is")
for who, whom in [("admin", "ada"), ("ada", "ada"), ("ada", "ben"), ("admin", "nobody"), ("ada", "nobody")]:
    call(who, "get_user", whom)
call("admin", "update_user_admin", "ben", True)
call("ben", "get_user", "ada")
call("admin", "update_user_admin", "ben", False)
call("ada", "update_user_admin", "ada", True)
call("admin", "update_user_admin", "nobody", True)
call("ada", "update_user_password", "ada", "a new password")
call("ada", "update_user_password", "ada", "a new password", "not the old password")
call("ada", "update_user_password", "ada", "short", passwords["ada"])
call("ada", "update_user_password", "ada", "the new password of ada", passwords["ada"])
call("ada", "get_user", "ada")
passwords["ada"] = "the new password of ada"
call("ada", "get_user", "ada")
call("ben", "update_user_password", "ada", "taken from ada")
call("admin", "update_user_password", "ben", "the new password of ben")
passwords["ben"] = "the new password of ben"
call("ben", "get_user", "ben")
call("admin", "update_user_password", "nobody", "long enough it is")
call("ada", "delete_user", "gone")
call("admin", "delete_user", "admin")
call("admin", "delete_user", "gone")
call("admin", "delete_user", "gone")
call("gone", "get_user", "gone")

# Roles
readers = call("admin", "create_role", "default", "readers", "Who reads")
managers = call("admin", "create_role", "default", "managers")
spare = call("admin", "create_role", "default", "spare")
call("admin", "create_role", "default", "readers")
call("admin", "create_role", "default", "__user_1__")
call("admin", "create_role", "default", "")
call("ada", "create_role", "default", "mine")
call("admin", "get_role", readers.id)
call("ada", "get_role", readers.id)
call("admin", "get_role", absent)
call("admin", "update_role", spare.id, "sparse", "Not many")
call("admin", "update_role", spare.id, description="Few")
call("admin", "update_role", spare.id, "readers")
call("admin", "update_role", absent, "x")
call("ada", "update_role", spare.id, "x")

# What they hold
manage = call("admin", "add_role_permission", managers.id, "workspace", "*", "MANAGE")
read_models = call("admin", "add_role_permission", readers.id, "registered_model", "*", "READ")
for resource_type, pattern, permission in [
    ("registered_model", "*", "EDIT"),
    ("experiment", "7", "USE"),
    ("experiment", "abc", "USE"),
    ("experiment", "*", "NO_PERMISSIONS"),
    ("experiment", "*", "ALL"),
    ("workspace", "*", "READ"),
    ("workspace", "other", "USE"),
    ("run", "*", "DENY"),
    ("run", "abc", "READ"),
    ("prompt", "p", "EDIT"),
    ("scorer", "7/a scorer", "EDIT"),
    ("gateway_secret", "*", "USE"),
    ("gateway_endpoint", "e", "MANAGE"),
    ("gateway_model_definition", "*", "READ"),
    ("mcp_server", "*", "READ"),
    ("logged_model", "*", "EDIT"),
    ("trace", "*", "READ"),
    ("assessment", "*", "READ"),
    ("review_queue", "*", "READ"),
    ("registered_model_version", "*", "READ"),
    ("prompt_version", "*", "READ"),
    ("scorer_version", "*", "READ"),
    ("mcp_server_version", "*", "READ"),
    ("table", "*", "READ"),
]:
    call("admin", "add_role_permission", spare.id, resource_type, pattern, permission)
call("admin", "add_role_permission", spare.id, "registered_model", "*", "READ")
call("admin", "add_role_permission", absent, "registered_model", "*", "READ")
call("ada", "add_role_permission", spare.id, "registered_model", "m", "READ")
call("admin", "list_role_permissions", spare.id)
call("admin", "list_role_permissions", absent)
call("admin", "update_role_permission", read_models.id, "EDIT")
call("admin", "update_role_permission", read_models.id, "ALL")
call("admin", "update_role_permission", absent, "READ")
call("ada", "update_role_permission", read_models.id, "MANAGE")
dropped = call("admin", "add_role_permission", readers.id, "registered_model", "dropped", "MANAGE")
call("ada", "remove_role_permission", dropped.id)
call("admin", "remove_role_permission", dropped.id)
call("admin", "remove_role_permission", dropped.id)

# Who has them
call("admin", "assign_role", "boss", managers.id)
call("admin", "assign_role", "ben", readers.id)
call("admin", "assign_role", "ben", readers.id)
call("admin", "assign_role", "nobody", readers.id)
call("admin", "assign_role", "ada", absent)
call("ada", "assign_role", "ada", managers.id)
call("boss", "assign_role", "Çleo", readers.id)
call("boss", "create_user", "hired", "the password of hired")
call("boss", "create_role", "default", "of the boss")
call("boss", "list_role_users", readers.id)
call("ada", "list_role_users", readers.id)
call("admin", "list_role_users", absent)
for who, whom in [("admin", "ben"), ("ben", "ben"), ("ada", "ben"), ("boss", "ben"), ("admin", "nobody")]:
    call(who, "list_user_roles", whom)
call("ben", "get_role", readers.id)
call("boss", "unassign_role", "Çleo", readers.id)
call("boss", "unassign_role", "Çleo", readers.id)
call("ben", "unassign_role", "ben", readers.id)
call("boss", "update_user_admin", "boss", True)
call("boss", "delete_user", "hired")
call("boss", "list_all_roles")
call("ada", "list_roles", "default")
call("boss", "list_roles", "default")
call("admin", "list_all_roles")

# What is granted directly
sign_in("ada")
of_ada = MlflowClient().create_experiment("of ada")
MlflowClient().create_registered_model("model of ada")
sign_in("Çleo")
of_cleo = MlflowClient().create_experiment("of Çleo")
for who, whom, resource_type, resource, permission in [
    ("ada", "ben", "experiment", of_ada, "EDIT"),
    ("ada", "ben", "experiment", of_ada, "READ"),
    ("ada", "Çleo", "experiment", of_ada, "DENY"),
    ("ada", "Çleo", "registered_model", "model of ada", "USE"),
    ("ben", "boss", "experiment", of_ada, "READ"),
    ("ben", "ben", "experiment", of_cleo, "MANAGE"),
    ("boss", "ben", "experiment", "*", "READ"),
    ("ada", "ben", "experiment", "*", "READ"),
    ("admin", "nobody", "experiment", of_ada, "READ"),
    ("admin", "ben", "experiment", "99999", "READ"),
    ("admin", "ben", "workspace", "*", "MANAGE"),
    ("admin", "ben", "table", "t", "READ"),
    ("admin", "ben", "prompt", "p", "EDIT"),
    ("admin", "ben", "scorer", f"{of_ada}/a b", "MANAGE"),
]:
    call(who, "grant_user_permission", whom, resource_type, resource, permission)
for who, whom, resource_type, resource in [
    ("ben", "ben", "experiment", of_ada),
    ("ben", "ben", "experiment", of_cleo),
    ("boss", "Çleo", "experiment", of_ada),
    ("admin", "Çleo", "registered_model", "model of ada"),
    ("ben", "ben", "registered_model", "model of ada"),
    ("ben", "ben", "registered_model", "none such"),
    ("ben", "ben", "scorer", f"{of_ada}/a b"),
    ("ben", "ben", "prompt", "p"),
    ("ben", "ben", "experiment", "99998"),
    ("ben", "ben", "workspace", "*"),
    ("ben", "ben", "run", "*"),
    ("ben", "ben", "table", "t"),
    ("ben", "ada", "experiment", of_ada),
    ("admin", "admin", "experiment", of_ada),
    ("admin", "nobody", "experiment", of_ada),
]:
    call(who, "get_user_permission", whom, resource_type, resource)
call("ben", "revoke_user_permission", "Çleo", "experiment", of_ada)
call("admin", "revoke_user_permission", "ben", "experiment", "99999")
call("admin", "revoke_user_permission", "ben", "experiment", "99999")
call("admin", "revoke_user_permission", "nobody", "experiment", of_ada)
call("ben", "list_user_roles", "ben")
call("ada", "delete_role", spare.id)
call("admin", "delete_role", spare.id)
call("admin", "delete_role", spare.id)
call("admin", "list_all_roles")

methods = {name for name in dir(AuthServiceClient) if not name.startswith("_")}
assert called == methods, methods ^ called
print(json.dumps({"methods": len(methods), "steps": steps, "passwords": passwords}))
