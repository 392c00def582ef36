#!/usr/bin/env bash
# Generates and builds the programs of examples/verify_api, and runs them against a verifier with mutual TLS that
# tells its clients apart. The last line is "N passed, N failed". It takes what is built from COUNTERSIGN_BUILT, and
# builds it if there is none; grpcurl from COUNTERSIGN_TOOLS, or the PATH; Go from GO, or the PATH.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [[ -n ${GO:-} ]]; then PATH=$(dirname "$GO"):$PATH; fi
if [[ -n ${COUNTERSIGN_TOOLS:-} ]]; then PATH=$PATH:$COUNTERSIGN_TOOLS; fi
export PATH
# shellcheck source=../../tools/go_env.sh
source tools/go_env.sh
examples/verify_api/python/generate.sh
examples/verify_api/go/generate.sh
(cd examples/verify_api/go && go build -o verify_images .)

if [[ -z ${COUNTERSIGN_BUILT:-} ]]; then source tools/build_programs.sh; fi
exec /usr/bin/python3 -B -m e2e.test_runner e2e.verify_api_examples.run_test
