#!/usr/bin/env bash
# Builds the programs and the benchmarks, optimized, and runs bench/main.py on them.
set -euo pipefail

bazel build --config=opt //bench/... //cli:countersign //shim:countersign-shim //verifier:countersign-verifier
COUNTERSIGN_BUILT=$(bazel info --config=opt bazel-bin 2>/dev/null)
export COUNTERSIGN_BUILT
# The Python that Debian's packages are for.
exec /usr/bin/python3 -B -m bench.main "$@"
