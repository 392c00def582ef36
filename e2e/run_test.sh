#!/usr/bin/env bash
# Runs one of the Python tests as Bazel does: see test_runner.py.
exec python3 -B -m e2e.test_runner "$@"
