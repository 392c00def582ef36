#!/usr/bin/env bash
# Bounds Bazel's disk cache (.bazelrc), which Bazel itself lets grow: above the limit, the oldest files go
# until three quarters of it are left. Bazel builds again what it does not find.
set -euo pipefail

readonly cache=$HOME/.cache/countersign/bazel-disk
readonly limit_kib=$((6 * 1024 * 1024))

[[ -d $cache ]] || exit 0
used_kib=$(du -sk "$cache" | cut -f1)
((used_kib > limit_kib)) || exit 0

echo "trimming $cache, which has grown to $((used_kib / 1024 / 1024)) GiB"
find "$cache" -type f -printf '%T@ %k %p\n' | sort -n |
  awk -v excess=$((used_kib - limit_kib * 3 / 4)) \
    'excess > 0 {excess -= $2; sub(/^[^ ]+ [^ ]+ /, ""); printf "%s%c", $0, 0}' |
  xargs -0 --no-run-if-empty rm -f
