#!/usr/bin/env bash
# Builds the programs and looks at their /statusz with a browser: e2e/statusz.py.
set -euo pipefail

source tools/build_programs.sh
exec /usr/bin/python3 -B -m e2e.statusz "$@"
