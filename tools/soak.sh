#!/usr/bin/env bash
# Builds the programs, optimized, and runs e2e/soak/main.py on them.
set -euo pipefail

bazel build --config=opt //shim:countersign-shim //verifier:countersign-verifier
COUNTERSIGN_BUILT=$(bazel info --config=opt bazel-bin 2>/dev/null)
export COUNTERSIGN_BUILT
exec /usr/bin/python3 -B -m e2e.soak.main "$@"
