#!/usr/bin/env bash
# Builds and runs every test, then the rooms below once more with the address and undefined-behaviour
# sanitizers. The last line is "N passed, N failed", counting distinct test cases: one that fails in either
# run has failed.
#
# usage: test.sh [BAZEL_OPTION]...
set -euo pipefail

# Everything that runs in one process; e2e starts the programs as the first run built them.
readonly sanitized_rooms=(base crypto oci cosign policy http registry kube verifier shim cli)

events=$(mktemp -d)
trap 'rm -rf "$events"' EXIT

run() {
  local name=$1
  shift
  echo "== $name"
  # A failure shows in the events, and so do the tests that could not be built.
  bazel test --keep_going --build_event_json_file="$events/$name.json" "$@" || true
}

sanitized=()
for room in "${sanitized_rooms[@]}"; do
  if [[ -e $room/BUILD.bazel ]]; then sanitized+=("//$room/..."); fi
done

run default "$@" //...
run asan "$@" --config=asan --build_tests_only "${sanitized[@]}"
echo "== where the time went"
python3 tools/slowest_tests.py "$events/default.json" "$events/asan.json"
python3 tools/count_tests.py "$events/default.json" "$events/asan.json"
