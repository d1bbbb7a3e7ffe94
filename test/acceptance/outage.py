"""A training that logs a metric each 100 ms, as many times as it is told."""

import sys
import time

import mlflow

mlflow.set_experiment("outage")
with mlflow.start_run():
    for step in range(int(sys.argv[1])):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
        time.sleep(0.1)
