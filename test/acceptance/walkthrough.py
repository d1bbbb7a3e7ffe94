"""What a team does with the registry, with the stock client: python walkthrough.py <wasbs root>. Fails on the first surprise."""

import sys
import uuid

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

client = MlflowClient()
name = f"walkthrough-{uuid.uuid4().hex[:8]}"

model = client.create_registered_model(name, tags={"team": "a"}, description="first")
assert (model.name, model.tags, model.description) == (name, {"team": "a"}, "first")
try:
    client.create_registered_model(name)
    raise AssertionError("a taken name was given twice")
except MlflowException as error:
    assert error.error_code == "RESOURCE_ALREADY_EXISTS", error
    assert f"Registered Model (name={name}) already exists" in str(error), error

with mlflow.start_run() as run:
    mlflow.log_metric("auc", 0.9)
    mlflow.log_text("weights", "model/weights.txt")
run_id = run.info.run_id
version = client.create_model_version(
    name, f"runs:/{run_id}/model", run_id, tags={"kind": "text"}, description="from a run"
)
assert (version.version, version.tags, version.description, version.run_id) in [
    (number, {"kind": "text"}, "from a run", run_id) for number in (1, "1")
], version
outside = client.create_model_version(name, f"{sys.argv[1]}/models/iris", description="from elsewhere")
assert int(outside.version) == 2 and not outside.run_id, outside
assert client.get_model_version_download_uri(name, "2") == f"{sys.argv[1]}/models/iris"

client.transition_model_version_stage(name, "1", "Staging")
moved = client.transition_model_version_stage(name, "1", "Production", archive_existing_versions=True)
assert moved.current_stage == "Production"
client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
assert client.get_model_version(name, "1").current_stage == "Archived"
client.set_registered_model_alias(name, "champion", "1")
assert int(client.get_model_version_by_alias(name, "champion").version) == 1
client.set_model_version_tag(name, "1", "checked", "yes")
found = client.search_model_versions(f"name = '{name}' and tags.checked = 'yes'")
assert [int(each.version) for each in found] == [1], found

downloaded = mlflow.artifacts.download_artifacts(f"models:/{name}@champion")
assert open(f"{downloaded}/weights.txt").read() == "weights"
runs = mlflow.search_runs(search_all_experiments=True, filter_string="metrics.auc > 0.5")
assert run_id in set(runs.run_id), runs

client.delete_model_version(name, "2")
client.rename_registered_model(name, f"{name}-renamed")
assert [int(each.version) for each in client.search_model_versions(f"name = '{name}-renamed'")] == [1]
client.delete_registered_model(f"{name}-renamed")
print("walkthrough done")
