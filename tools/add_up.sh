#!/usr/bin/env bash
# To be sourced: adds up what suites of tests say of themselves.

passed=0 failed=0

# Runs a suite and adds its last line, "N passed, N failed", to the two sums; what it prints is also in LOG. One that says
# nothing of the kind, ran no test, or ended badly although none failed is a failure more.
add_up() {  # NAME LOG COMMAND...
  local name=$1 log=$2 status=0 last fault=
  shift 2
  "$@" 2>&1 | tee "$log" || status=$?
  last=$(tail -n 1 "$log")
  if [[ ! $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    fault="did not come to its end"
  else
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    if ((BASH_REMATCH[1] + BASH_REMATCH[2] == 0)); then
      fault="ran no test"
    elif ((status != 0 && BASH_REMATCH[2] == 0)); then
      fault="ended with status $status"
    fi
  fi
  if [[ -n $fault ]]; then
    echo "FAILED  $name $fault"
    failed=$((failed + 1))
  fi
}
