#!/usr/bin/env bash
# What an image_policy_test runs.
#
# usage: image_policy_test.sh COUNTERSIGN NUMBER MANIFEST... FLAG... -- IMAGE...
#
# with as many manifests as the number says; FLAGs are those of `countersign verify`.
set -euo pipefail

countersign=$1 number=$2
shift 2
flags=()
# Of each test, where there is none of the user's.
export HOME=${HOME:-$TEST_TMPDIR}
if ((number > 0)); then
  objects=$TEST_TMPDIR/objects
  mkdir "$objects"
  for ((i = 0; i < number; i++)); do
    # Several may have one name, in different packages.
    cp -L -- "$1" "$objects/$i-${1##*/}"
    shift
  done
  flags=(--objects="$objects")
fi

status=0
"$countersign" verify "${flags[@]}" "$@" 2>&1 || status=$?
case $status in
  0) ;;
  1) echo 'image_policy_test: a cluster with this policy would not admit what is denied above' ;;
  *) echo 'image_policy_test: could not find out whether the images would be admitted' ;;
esac
exit "$status"
