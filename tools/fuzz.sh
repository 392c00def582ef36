#!/usr/bin/env bash
# Builds the fuzz targets with libFuzzer and the address and undefined-behaviour sanitizers, and runs them.
#
# usage: fuzz.sh MINUTES [TARGET]... [--jobs N]
#
#   MINUTES   how long each target is run, such as 2 or 0.5
#   TARGET    ROOM/NAME, such as oci/image_reference; all that there are unless named
#   --jobs N  how many are run at the same time: as many as there are cores, unless said
#
# It begins with the target's corpus, with testdata/, and with what earlier runs on this machine kept under
# ~/.cache/countersign/fuzz. An input that breaks a target is copied into its corpus in the checkout, where it is
# a test from then on: mend what it found and commit both. The table is of what was run; docs/fuzzing.md explains
# it. Exits 1 if something was found.
set -euo pipefail

usage() {
  sed -n '4,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
}

fail() {
  echo "fuzz: $*" >&2
  exit 2
}

minutes='' jobs=$(nproc) targets=()
while (($#)); do
  case $1 in
    --jobs)
      [[ ${2-} =~ ^[1-9][0-9]?$ ]] || fail "--jobs takes a number from 1 to 99"
      jobs=$2
      shift
      ;;
    -h | --help)
      usage
      exit
      ;;
    -*) fail "there is no option '$1'; --help lists them" ;;
    *) if [[ -z $minutes ]]; then minutes=$1; else targets+=("$1"); fi ;;
  esac
  shift
done
[[ $minutes =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "say for how many minutes each target is to be run; --help explains"

mapfile -t labels < <(bazel query --noshow_progress 'filter("_fuzz$", kind(cc_test, //...))' 2>/dev/null)
[[ ${#labels[@]} -gt 0 ]] || fail "bazel query finds no target"
if [[ ${#targets[@]} -gt 0 ]]; then
  chosen=()
  for target in "${targets[@]}"; do
    label=//${target#//}
    label=${label%_fuzz}
    label=${label%/*}/${label##*/}
    [[ $label == *:* ]] || label=${label%/*}:${label##*/}
    printf '%s\n' "${labels[@]}" | grep -qxF "${label}_fuzz" ||
      fail "there is no target '$target'; there are: $(printf '%s\n' "${labels[@]}" |
        sed -E 's,^//(.*):(.*)_fuzz$,\1/\2,' | paste -sd' ')"
    chosen+=("${label}_fuzz")
  done
  labels=("${chosen[@]}")
fi

bazel build --config=fuzz "${labels[@]}"
built=$(bazel info --config=fuzz bazel-bin 2>/dev/null)
exec python3 -B tools/fuzz.py "$built" "$minutes" "$jobs" "${labels[@]}"
