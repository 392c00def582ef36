#!/usr/bin/env bash
# Builds and runs every test: those of the rooms below, which run in one process, with the address and
# undefined-behaviour sanitizers only, and the others on the programs as they are. The last line is "N passed, N
# failed", counting distinct test cases.
#
# usage: test.sh [BAZEL_OPTION]...
set -euo pipefail

readonly sanitized_rooms=(base crypto oci cosign policy http registry kube verifier shim cli)

events=$(mktemp -d)
trap 'rm -rf "$events"' EXIT

run() {
  local name=$1
  shift
  echo "== $name"
  # A failure shows in the events, and so do the tests that could not be built.
  bazel test --keep_going --build_event_json_file="$events/$name.json" --profile="$events/$name.profile.gz" "$@" || true
}

sanitized=("${sanitized_rooms[@]/#/\/\/}")
sanitized=("${sanitized[@]/%/\/...}")

run default "$@" -- //... "${sanitized[@]/#/-}"
run asan "$@" --config=asan --build_tests_only -- "${sanitized[@]}"
echo "== where the time went"
python3 tools/where_time_went.py "$events/default.json" "$events/asan.json"
python3 tools/count_tests.py "$events/default.json" "$events/asan.json"
