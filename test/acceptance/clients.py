"""What users do with artifacts, with the stock client.

python clients.py <files of a folder> <bytes of a file that may go through the app> <bytes of a large file>

Fails on the first surprise, and prints as JSON what it did.
"""

import hashlib
import importlib.util
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import mlflow
from mlflow import MlflowClient

# Not among them: "#", which MLflow refuses, "?", which its clients take for the start of a query, and "%41", which
# they decode.
ODD_NAMES = [
    "a b.txt",
    "ü 日本 😀.txt",
    "100% sure.txt",
    "a+b.txt",
    "a&b=c;d.txt",
    "it's (1)!~.txt",
    "[x]{y}.txt",
    "a@c.txt",
    ".hidden",
    "no-extension",
]

in_folder, medium_bytes, large_bytes = (int(each) for each in sys.argv[1:4])
client = MlflowClient()
work = Path(tempfile.mkdtemp())


def a_run():
    return client.create_run(experiment).info.run_id


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else slow_digest(file)


def slow_digest(file):
    found = hashlib.sha256()
    while chunk := file.read(1 << 20):
        found.update(chunk)
    return found.hexdigest()


def download(run_id, path):
    return Path(client.download_artifacts(run_id, path, tempfile.mkdtemp()))


def listed(run_id, path=None):
    return {info.path: info.file_size for info in client.list_artifacts(run_id, path)}


def single_files():
    run_id = a_run()
    for number, name in enumerate([*ODD_NAMES, "empty.bin"]):
        content = b"" if name == "empty.bin" else f"{number} {name}".encode()
        (work / name).write_bytes(content)
        client.log_artifact(run_id, str(work / name), "odd folder/ü")
        got = download(run_id, f"odd folder/ü/{name}")
        assert got.name == name and got.read_bytes() == content, (name, got)
    found = listed(run_id, "odd folder/ü")
    assert set(found) == {f"odd folder/ü/{name}" for name in [*ODD_NAMES, "empty.bin"]}, found
    whole = download(run_id, "odd folder")
    assert sorted(path.name for path in (whole / "ü").iterdir()) == sorted([*ODD_NAMES, "empty.bin"])
    client.log_text(run_id, "first", "text.txt")
    client.log_text(run_id, "second", "text.txt")
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/text.txt") == "second"
    client.log_dict(run_id, {"a": [1]}, "d/dict.json")
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/d/dict.json") == {"a": [1]}
    try:
        download(run_id, "nothing")
        raise AssertionError("what is not there was downloaded")
    except mlflow.MlflowException as error:
        print(f"missing: {str(error)[:120]}", file=sys.stderr)


def folder():
    run_id = a_run()
    source = work / "folder"
    for number in range(in_folder):
        path = source / str(number % 7) / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number))
    client.log_artifacts(run_id, str(source), "folder")
    assert sum(len(listed(run_id, f"folder/{part}")) for part in range(min(7, in_folder))) == in_folder
    got = download(run_id, "folder")
    files = {str(path.relative_to(got)): path.read_text() for path in got.rglob("*.txt")}
    assert files == {f"{number % 7}/{number}.txt": str(number) for number in range(in_folder)}


def medium_file():
    sparse_file(medium_bytes)


def large_file():
    global large_run
    large_run = sparse_file(large_bytes)


def sparse_file(size):
    run_id = a_run()
    path = work / "large.bin"
    with open(path, "wb") as file:
        # Sparse, but for a mark in each 10 MB: parts in the wrong order would show.
        for offset in range(0, size, 10_000_000):
            file.seek(offset)
            file.write(f"at {offset}".encode())
        file.truncate(size)
    client.log_artifact(run_id, str(path))
    assert listed(run_id) == {"large.bin": size}
    got = download(run_id, "large.bin")
    assert got.stat().st_size == size and digest(got) == digest(path)
    got.unlink()
    path.unlink()
    return run_id


experiment = client.create_experiment(f"clients-{os.urandom(4).hex()}")
seconds = {}
for step in [single_files, folder, medium_file, large_file]:
    started = time.monotonic()
    step()
    seconds[step.__name__] = round(time.monotonic() - started, 1)
progress = importlib.util.find_spec("tqdm") is not None
print(json.dumps({"version": mlflow.__version__, "seconds": seconds, "progress": progress, "largeRun": large_run}))
