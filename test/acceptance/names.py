"""What the stock client can do with files and folders of each name.

python names.py <JSON list of names>

Prints a JSON object: for each name, used for a folder and a file in it, what the upload said, what the client lists, and what came back.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import mlflow
from mlflow import MlflowClient

client = MlflowClient()
experiment = client.create_experiment(f"names-{os.urandom(4).hex()}")


def attempt(work):
    try:
        return work()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def a_run():
    return client.create_run(experiment).info.run_id


def log(run_id, name, content, folder=None):
    path = Path(tempfile.mkdtemp(), name)
    path.write_text(content)
    client.log_artifact(run_id, str(path), folder)


def download(run_id, path):
    return Path(client.download_artifacts(run_id, path, tempfile.mkdtemp()))


def download_folder(run_id, path):
    got = download(run_id, path)
    return {str(file.relative_to(got)): file.read_text() for file in got.rglob("*") if file.is_file()}


def listed(run_id, path):
    return [info.path for info in client.list_artifacts(run_id, path)]


def tried(name):
    run_id = a_run()
    # Clients from 3.0 on look for a logged model named as the folder, by a filter that they do not escape.
    folder = "d" if "'" in name else name
    uploads = {
        "file": attempt(lambda: log(run_id, name, name, "file")),
        "folder": attempt(lambda: log(run_id, "x.txt", name, folder)),
    }
    if any(uploads.values()):
        return {**uploads, "listed": attempt(lambda: listed(run_id, None))}
    return {
        **uploads,
        "listed": [attempt(lambda: listed(run_id, path)) for path in ("file", folder)],
        "one": [attempt(lambda: download(run_id, path).read_text()) for path in (f"file/{name}", f"{folder}/x.txt")],
        "one_folder": attempt(lambda: download_folder(run_id, folder)),
        "whole": attempt(lambda: download_folder(run_id, "")),
    }


def dots():
    run_id = a_run()
    log(run_id, "file.txt", "1")
    log(run_id, "file.txt", "2", "d")
    uri = client.get_run(run_id).info.artifact_uri
    return {
        "whole": download_folder(run_id, "."),
        "folder": download_folder(run_id, "./d"),
        "uri": Path(mlflow.artifacts.download_artifacts(f"{uri}/./file.txt")).read_text(),
        "above": attempt(lambda: listed(run_id, "..")),
    }


names = json.loads(sys.argv[1])
print(json.dumps({"version": mlflow.__version__, "names": {name: tried(name) for name in names}, "dots": dots()}))
