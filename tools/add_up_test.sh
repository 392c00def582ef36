#!/usr/bin/env bash
# No suite gets by without having run tests that passed.
set -euo pipefail

source tools/add_up.sh

wrong=0
# What a suite adds that prints these words and ends with this status.
expect() {  # PASSED FAILED STATUS WORDS
  passed=0 failed=0
  local said
  # shellcheck disable=SC2016 # the other shell's
  add_up "the suite" "$TEST_TMPDIR/log" bash -c 'printf "%b" "$1"; exit "$0"' "$3" "$4" >"$TEST_TMPDIR/said"
  said=$(<"$TEST_TMPDIR/said")
  if [[ "$passed $failed" != "$1 $2" ]]; then
    echo "FAILED  status $3 after '$4': $passed passed, $failed failed; it was said: $said"
    wrong=1
  fi
}

expect 3 0 0 'ok a\nok b\n3 passed, 0 failed\n'
expect 2 1 1 '2 passed, 1 failed\n'
expect 0 1 0 '0 passed, 0 failed\n'
expect 0 1 1 '0 passed, 0 failed\n'
expect 3 1 139 '3 passed, 0 failed\n'
expect 0 1 0 '3 passed, 0 failed\nand then it died'
expect 0 1 1 ''
# A reader of the log finds what was printed.
add_up again "$TEST_TMPDIR/log" echo "1 passed, 0 failed" >/dev/null
[[ $(<"$TEST_TMPDIR/log") == "1 passed, 0 failed" ]] || wrong=1
exit "$wrong"
