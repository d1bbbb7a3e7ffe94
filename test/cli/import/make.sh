#!/bin/sh
# Makes the data of these tests: sh make.sh <folder of the venvs> <where to>. The venvs are venv-2.0.1, venv-2.22.5 and venv-3.17.2.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venvs=$1
mkdir -p "$2"
cp "$here/make.py" "$2/fill.py"
export MLFLOW_DISABLE_TELEMETRY=true MLFLOW_ALLOW_FILE_STORE=true GIT_PYTHON_REFRESH=quiet USER=someone LOGNAME=someone
for made in sqlite-2.0.1 sqlite-3.17.2 mlruns-2.22.5 mlruns-3.17.2; do
  folder=$2/$made
  mkdir "$folder"
  case $made in sqlite-*) uri=sqlite:///mlflow.db ;; *) uri=./mlruns ;; esac
  (cd "$folder" && MLFLOW_TRACKING_URI=$uri "$venvs/venv-${made#*-}/bin/python" ../fill.py files && rm -r files)
  tar -czf "$here/$made.tar.gz" -C "$folder" .
done
