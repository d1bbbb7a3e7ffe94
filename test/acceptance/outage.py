"""A training that logs a metric each 100 ms, for as long as it is told, and says how many it logged."""

import sys
import time

import mlflow

seconds = float(sys.argv[1])
mlflow.set_experiment("outage")
with mlflow.start_run() as run:
    print(run.info.run_id, flush=True)
    started = time.time()
    step = 0
    while time.time() - started < seconds:
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
        step += 1
        time.sleep(0.1)
print(step, flush=True)
