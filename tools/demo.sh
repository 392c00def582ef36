#!/usr/bin/env bash
# Builds the programs and runs e2e/demo.py on them.
set -euo pipefail

source tools/build_programs.sh
exec /usr/bin/python3 -B -m e2e.demo "$@"
