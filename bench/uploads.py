"""Direct uploads by the MLflow client beside the same blocks by Azure's SDK, into the same storage account.

With mlflow and azure-storage-blob installed and `npm start` running: python bench/uploads.py [bytes of the file] [rounds]
MLFLOW_TRACKING_URI names another app (default: http://127.0.0.1:7071), AZURE_STORAGE_CONNECTION_STRING the storage account of its
artifacts (default: the Azurite of .data) and MLFLOW_BENCH_CONTAINER a container in it (default: mlflow).
"""

import base64
import json
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from azure.storage.blob import BlobBlock, BlobServiceClient
from mlflow import MlflowClient
from mlflow.environment_variables import MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE

size = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000_000
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
block = MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE.get()
threads = min(2 * os.cpu_count(), 20)  # as many as the client takes
os.environ.setdefault("MLFLOW_TRACKING_URI", "http://127.0.0.1:7071")
client = MlflowClient()


def local_storage():
    made = json.loads(Path(".data/instance.json").read_text())
    name, port = made["storageAccount"], made["ports"]["blob"]
    endpoint = f"http://127.0.0.1:{port}/{name}"
    return f"DefaultEndpointsProtocol=http;AccountName={name};AccountKey={made['storageKey']};BlobEndpoint={endpoint}"


account = BlobServiceClient.from_connection_string(os.environ.get("AZURE_STORAGE_CONNECTION_STRING") or local_storage())
container = os.environ.get("MLFLOW_BENCH_CONTAINER", "mlflow")
run_id = client.create_run(client.create_experiment(f"uploads-{os.urandom(4).hex()}")).info.run_id


def by_client(path):
    client.log_artifact(run_id, str(path))


def by_sdk(path):
    blob = account.get_blob_client(container, "bench-uploads/file.bin")
    ids = [base64.b64encode(b"%018d" % number).decode() for number in range(-(-path.stat().st_size // block))]

    def stage(number):
        with open(path, "rb") as file:
            file.seek(number * block)
            content = file.read(block)
        blob.stage_block(ids[number], content, len(content))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(stage, range(len(ids))))
    blob.commit_block_list([BlobBlock(each) for each in ids])


def seconds(upload, path):
    started = time.perf_counter()
    upload(path)
    return time.perf_counter() - started


taken = {by_client: [], by_sdk: []}
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "file.bin"
    with open(path, "wb") as file:
        file.truncate(block + 1)
    for upload in taken:
        upload(path)
    with open(path, "r+b") as file:
        file.truncate(size)
    for number in range(rounds):
        for upload in [by_client, by_sdk] if number % 2 else [by_sdk, by_client]:
            taken[upload].append(seconds(upload, path))

medians = {upload: statistics.median(each) for upload, each in taken.items()}
for upload, each in taken.items():
    all_of_them = ", ".join(f"{one:.2f}" for one in each)
    print(f"{upload.__name__:10} {medians[upload]:6.2f} s, {size / medians[upload] / 1e6:4.0f} MB/s ({all_of_them})")
# Of each pair, since what else the machine does changes from one to the next.
pairs = [sdk / own for own, sdk in zip(taken[by_client], taken[by_sdk], strict=True)]
print(f"throughput of the client to that of the SDK: {statistics.median(pairs):.2f} (median of {rounds} pairs)")
