#!/usr/bin/env bash
# The oldest files go, as many as it takes, and it bothers nobody that others go meanwhile.
set -euo pipefail

export HOME=$TEST_TMPDIR/home
readonly trim=$PWD/tools/trim_disk_cache.sh cache=$HOME/.cache/countersign/bazel-disk

fail() {
  echo "FAILED  $*"
  exit 1
}

# Files of 40 KiB, the first the oldest.
fill() {
  rm -rf "$cache"
  mkdir -p "$cache/cas/0"
  local name
  for name in 1 2 3 4 5; do
    head -c 40960 /dev/zero >"$cache/cas/0/$name"
    touch --date="2026-01-0$name" "$cache/cas/0/$name"
  done
}

expect_left() {  # NAME...
  local left
  left=$(find "$cache" -type f -printf '%f\n' | sort | paste -sd' ')
  [[ $left == "$*" ]] || fail "'$left' are left in place of '$*'"
}

"$trim" || fail "where there is no cache"

fill
"$trim" 1000
expect_left 1 2 3 4 5
"$trim" 150
expect_left 4 5

# Stands for a du or find that a file escapes: it is counted, or listed, and gone; that is said, by the status too.
mkdir "$TEST_TMPDIR/bin"
for program in du find; do
  cat >"$TEST_TMPDIR/bin/$program" <<END
#!/bin/bash
"$(command -v "$program")" "\$@"
rm -f "$cache/cas/0/$([[ $program == du ]] && echo 1 || echo 2)"
echo "$program: cannot access a file: No such file or directory" >&2
exit 1
END
  chmod +x "$TEST_TMPDIR/bin/$program"
done
fill
PATH=$TEST_TMPDIR/bin:$PATH "$trim" 150 || fail "where files go meanwhile"
expect_left 5
