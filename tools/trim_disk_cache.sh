#!/usr/bin/env bash
# Bounds Bazel's disk cache (.bazelrc), which Bazel itself lets grow: above the limit, the oldest files go
# until three quarters of it are left. Bazel builds again what it does not find.
#
# usage: trim_disk_cache.sh [LIMIT_KIB]        (6 GiB unless said)
set -euo pipefail

readonly cache=~/.cache/countersign/bazel-disk
readonly limit_kib=${1:-$((6 * 1024 * 1024))}

# du and find fail where a file goes while they look, as another of these or Bazel may have it; what they say of the others
# is all that is needed.
[[ -d $cache ]] || exit 0
used_kib=$({ du -sk "$cache" 2>/dev/null || true; } | cut -f1)
((${used_kib:-0} > limit_kib)) || exit 0

echo "trimming $cache, which has grown to $((used_kib / 1024 / 1024)) GiB"
{ find "$cache" -type f -printf '%T@ %k %p\n' 2>/dev/null || true; } | sort -n |
  awk -v excess=$((used_kib - limit_kib * 3 / 4)) \
    'excess > 0 {excess -= $2; sub(/^[^ ]+ [^ ]+ /, ""); printf "%s%c", $0, 0}' |
  xargs -0 --no-run-if-empty rm -f
