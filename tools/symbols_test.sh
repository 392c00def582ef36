#!/usr/bin/env bash
# BoringSSL and Debian's OpenSSL live in the same processes and define the same names. For each program this
# shows that BoringSSL is in it under its prefix, under none of its own names, and out of the dynamic symbol
# table altogether, so that no shared library can be bound to it nor it to a shared library.
#
# usage: symbols_test.sh NAMES PROGRAM...        (NAMES: BoringSSL's own names, one a line, sorted)
set -euo pipefail
export LC_ALL=C

readonly names=$1 prefix=countersign_
shift
failures=0

expect_none() {
  local program=$1 what=$2 found=$3
  if [[ -n $found ]]; then
    printf '%s: %s:\n%s\n' "$program" "$what" "$(head -n 5 <<<"$found")"
    failures=$((failures + 1))
  fi
}

[[ $# -gt 0 && $(wc -l <"$names") -gt 1000 ]] || {
  echo "no programs, or too few names to be BoringSSL's"
  exit 1
}
for program in "$@"; do
  all=$(nm "$program")
  if ! grep -q " ${prefix}ED25519_verify\$" <<<"$all"; then
    echo "$program: BoringSSL is not in it, so this test shows nothing"
    failures=$((failures + 1))
  fi
  expect_none "$program" "has its own copy of names that OpenSSL has too" \
    "$(nm --defined-only "$program" | awk '{print $NF}' | sort -u | comm -12 - "$names")"
  expect_none "$program" "BoringSSL in the dynamic symbol table" \
    "$(nm --dynamic "$program" | grep " $prefix" || true)"
  # What the program wants of Debian's OpenSSL has its version: NAME@OPENSSL_3.0.0.
  expect_none "$program" "would take names from whichever library has them" \
    "$(nm --dynamic "$program" | awk '{print $NF}' | sort -u | comm -12 - "$names")"
done
exit $((failures > 0))
