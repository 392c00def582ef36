#!/usr/bin/env bash
# No shipped program can leave a check of evidence out: the switches of crypto/check_switch.h are in none, while they are
# in the program that is built with them for tests.
#
# usage: switches_test.sh PROGRAM_WITH_SWITCHES PROGRAM...
set -euo pipefail

readonly with_switches=$1
shift
failures=0

# The symbols of a program that are of the switches.
switches_of() {
  nm "$1" | grep check_switches || true
}

[[ $# -gt 0 && -n $(switches_of "$with_switches") ]] || {
  echo "no programs, or the switches are not where they belong: this test shows nothing"
  exit 1
}
for program in "$@"; do
  found=$(switches_of "$program")
  if [[ -z $(nm "$program") || -n $found ]]; then
    printf '%s: has no symbols, or switches:\n%s\n' "$program" "$(head -n 5 <<<"$found")"
    failures=$((failures + 1))
  fi
done
exit $((failures > 0))
