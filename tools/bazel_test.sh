#!/usr/bin/env bash
# What Bazel keeps between builds follows HOME: asked in a workspace that has this one's tools/bazel and .bazelrc, it makes
# its disk cache there, where trim_disk_cache.sh looks for it.
set -euo pipefail

readonly root=$PWD home=$TEST_TMPDIR/home workspace=$TEST_TMPDIR/workspace
readonly cache=$home/.cache/countersign/bazel-disk
mkdir -p "$home" "$workspace/tools"
cp -L tools/bazel "$workspace/tools/"
cp -L .bazelrc "$workspace/"
# Nothing is built; but Bazel asks what platform this is.
printf 'local_repository(name = "platforms", path = "/usr/share/bazel/tools/platforms")\n' >"$workspace/WORKSPACE"
printf 'filegroup(name = "nothing")\n' >"$workspace/BUILD.bazel"

fail() {
  echo "FAILED  $*"
  exit 1
}

at_home() {
  env -i PATH=/usr/bin:/bin HOME="$home" "$@"
}

# --batch: no server stays.
cd "$workspace"
at_home bazel --batch --host_jvm_args=-Xmx256m build //:nothing || fail "bazel could not be run"
[[ -d $cache ]] || fail "the disk cache is not below HOME"
at_home "$root/tools/trim_disk_cache.sh" -1 | grep -F "trimming $cache," || fail "trim_disk_cache.sh looks elsewhere"
