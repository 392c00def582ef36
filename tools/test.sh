#!/usr/bin/env bash
# Builds and runs every test: those of the rooms below, which run in one process, with the address and
# undefined-behaviour sanitizers; of these, where there may be several threads, once more with the thread sanitizer; the
# others, and what counts allocations, as it is shipped. The last line is "N passed, N failed", counting distinct test cases.
#
# usage: test.sh [BAZEL_OPTION]...
set -euo pipefail

readonly sanitized_rooms=(base crypto trust oci cosign policy tuf http registry kube verifier shim cli)
# The other rooms are pure, or text: they start no threads (//tools:arrows_test). Nor does tuf/client.
readonly threaded_rooms=(base http registry kube verifier shim cli)

events=$(mktemp -d)
trap 'rm -rf "$events"' EXIT
ran=()

run() {
  local name=$1
  shift
  echo "== $name"
  # A failure shows in the events, and so do the tests that could not be built.
  bazel test --keep_going --build_event_json_file="$events/$name.json" --profile="$events/$name.profile.gz" "$@" || true
  ran+=("$events/$name.json")
}

# Prints all of the rooms, each after the prefix.
patterns() {
  local prefix=$1
  shift
  printf -- "${prefix}//%s/... " "$@"
}

# Prints the tests that the thread sanitizer can look at and sees something of: those made of anything that starts a thread,
# as where there is only one, nothing races; but not those with the tag "sequential", which look at many images one after the
# other, by threads that other tests have do several things at once. gRPC brings Debian's Abseil, whose locks it does not see;
# the replays of what was fuzzed feed one parser in one thread.
tests_for_threads() {
  local tests made_of
  tests="tests(set($(patterns '' "${threaded_rooms[@]}")))"
  made_of=$(grep -rlE --include='*.h' --include='*.cc' '#include <(future|thread)>' "${threaded_rooms[@]}")
  bazel query --noshow_progress --ui_event_filters=-info "let tests = $tests in
    (\$tests except rdeps(\$tests, @com_github_grpc_grpc//:all) except filter('_fuzz$', \$tests)
            except attr(tags, sequential, \$tests))
    intersect rdeps(\$tests, set(${made_of//$'\n'/ }))"
}

# Prints the tests that count what is allocated, which sanitizers do in their own way.
tests_that_count() {
  grep -rl --include='*_test.cc' '"base/test_heap.h"' "${sanitized_rooms[@]}" | sed -E 's,(.*)/(.*)\.cc,//\1:\2,'
}

# Prints the tests that sanitizers would make take minutes, by their tag.
tests_without_sanitizers() {
  bazel query --noshow_progress --ui_event_filters=-info "attr(tags, unsanitized, tests(//...))"
}

read -ra sanitized <<<"$(patterns '' "${sanitized_rooms[@]}")"
read -ra elsewhere <<<"$(patterns - "${sanitized_rooms[@]}")"
threaded=$(tests_for_threads)
mapfile -t threaded <<<"$threaded"
counting=$(tests_that_count)
mapfile -t counting <<<"$counting"
unsanitized=$(tests_without_sanitizers)
mapfile -t unsanitized <<<"$unsanitized"

run default "$@" -- //... "${elsewhere[@]}" "${counting[@]}" "${unsanitized[@]}"
run asan "$@" --config=asan --build_tests_only --test_tag_filters=-unsanitized -- "${sanitized[@]}"
run tsan "$@" --config=tsan -- "${threaded[@]}"
echo "== where the time went"
python3 tools/where_time_went.py "${ran[@]}" || true
python3 tools/count_tests.py "${ran[@]}"
