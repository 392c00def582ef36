#!/usr/bin/env bash
# Installs the Debian packages named, as root, without starting the services that some of them bring, now or
# at the next boot: nothing listens that the user did not start.
set -euo pipefail

readonly policy=/usr/sbin/policy-rc.d
readonly aside=$policy.before-countersign

allow_no_service_start() {
  if [[ -x $policy ]]; then
    "$policy" nginx start >/dev/null 2>&1 || [[ $? -ne 101 ]] || return 0 # it already forbids them
    mv "$policy" "$aside"
  fi
  trap restore_policy EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

restore_policy() {
  rm -f "$policy"
  if [[ -e $aside ]]; then mv "$aside" "$policy"; fi
}

# Only for packages installed just now: what the user had before stays as it was.
disable_at_boot() {
  local package service
  for package in "$@"; do
    case $package in
      docker-registry) service=docker-registry ;;
      etcd-server) service=etcd ;;
      nginx-light) service=nginx ;;
      prometheus) service=prometheus ;;
      *) continue ;;
    esac
    if command -v systemctl >/dev/null; then systemctl --quiet disable "$service" || true; fi
    if command -v update-rc.d >/dev/null; then update-rc.d "$service" disable || true; fi
  done
}

allow_no_service_start
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
apt-get -qq update
if ! apt-get -qq --yes --no-install-recommends install "$@" >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
rm -f "$log"
disable_at_boot "$@"
