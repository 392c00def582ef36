#!/usr/bin/env bash
# Runs the tests of this workspace with a Bazel of their own, and checks which pass, which fail, and why. The last
# line is "N passed, N failed". It takes what is built from COUNTERSIGN_BUILT, and builds it if there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [[ -z ${COUNTERSIGN_BUILT:-} ]]; then source tools/build_programs.sh; fi
exec /usr/bin/python3 -B -m e2e.test_runner e2e.bazel_example.run_test
