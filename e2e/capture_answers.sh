#!/usr/bin/env bash
# Writes testdata/captured_answers/ anew: see capture_answers.py.
exec python3 -B -m e2e.capture_answers
