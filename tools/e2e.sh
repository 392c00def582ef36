#!/usr/bin/env bash
# Builds the programs and the tools of others, and runs the tests in a cluster of real parts, then every other
# e2e/*/e2e.sh and e2e/*/run_test.sh. The last line is "N passed, N failed", counting test cases.
#
# usage: e2e.sh [FLAG]...        (of the tests in e2e/kubernetes: e2e.sh -test.run Drill -phase 10s)
#        e2e.sh --measure [FLAG]...        (the measurements of docs/measurements.md instead of tests)
set -euo pipefail

# shellcheck source=add_up.sh
source tools/add_up.sh

run_suite() {  # NAME COMMAND...
  local name=$1 started=$SECONDS
  shift
  echo "== $name"
  add_up "$name" "$scratch/log" "$@"
  echo "time: $name: $((SECONDS - started)) s"
}

in_cluster() {
  (
    cd e2e/kubernetes/tests
    "$GO" test -c -o "$scratch/tests" .
    # Without `go test`, which would not end what it started when it is killed.
    { "$scratch/tests" -test.v=test2json -test.timeout=40m "$@" || echo FAIL; } | "$GO" tool test2json -t
  ) | python3 tools/count_go_tests.py
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
started=$SECONDS
# shellcheck source=go_env.sh
source tools/go_env.sh
GO=$(tools/setup_go.sh)
COUNTERSIGN_TOOLS=$(tools/e2e_tools.sh)
export GO COUNTERSIGN_TOOLS
# shellcheck source=build_programs.sh
source tools/build_programs.sh
echo "time: building what is missing: $((SECONDS - started)) s"

if [[ ${1:-} == --measure ]]; then
  shift
  (cd e2e/kubernetes/tests && "$GO" test -c -o "$scratch/tests" . && "$scratch/tests" -measure -test.run Measure -test.v "$@")
  exit
fi
run_suite "in a cluster" in_cluster "$@"
if [[ $# -eq 0 ]]; then
  for runner in e2e/*/e2e.sh e2e/*/run_test.sh; do
    if [[ -e $runner ]]; then run_suite "$(dirname "$runner")" "$runner"; fi
  done
fi
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
