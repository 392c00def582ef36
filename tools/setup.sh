#!/usr/bin/env bash
# Installs what is missing of tools/packages.txt.
#
# usage: setup.sh [build|lint|clang|bench|e2e|browser|go]...   (all but browser and go unless named)
#
# Does nothing, quickly, when nothing is missing. Exits 2 when it cannot install.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
readonly list=$here/packages.txt

fail() {
  echo "setup: $*" >&2
  exit 2
}

# Prints the lines of the list that are for the purposes given and whose package is not installed.
missing() {
  local lines names
  lines=$(awk -v purposes=" $* " '!/^(#|$)/ && index(purposes, " " $2 " ")' "$list")
  mapfile -t names < <(awk '{print $1}' <<<"$lines")
  # dpkg-query fails where it does not know a package, and still prints the others.
  { dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' "${names[@]}" 2>&1 || true; } |
    awk '$2 == "installed" {print $1}' |
    awk 'NR == FNR {installed[$1]; next} !($1 in installed)' - <(echo "$lines")
}

main() {
  local purposes=("$@") lines packages system
  [[ ${#purposes[@]} -gt 0 ]] || purposes=(build lint clang bench e2e)
  command -v dpkg-query >/dev/null ||
    fail "this is not a Debian system. Countersign is built on Debian 12 (bookworm), from its libraries."
  lines=$(missing "${purposes[@]}")
  [[ -n $lines ]] || return 0

  system=$(sed -nE 's/^(ID|VERSION_ID)="?([^"]*)"?$/\2/p' /etc/os-release | sort -r | paste -sd' ')
  [[ $system == "debian 12" ]] ||
    fail "this is $system. Countersign is built on Debian 12 (bookworm), from its libraries."
  mapfile -t packages < <(awk '{print $1}' <<<"$lines")
  echo "setup: installing these Debian packages and what they need with apt-get, a minute or so:"
  sed -E 's/^([^ ]+ +)[^ ]+ +/  \1/' <<<"$lines"

  if [[ $(id -u) -eq 0 ]]; then
    "$here/install_packages.sh" "${packages[@]}" || fail "apt-get could not install them"
  elif command -v sudo >/dev/null; then
    sudo -- "$here/install_packages.sh" "${packages[@]}" || fail "sudo apt-get could not install them"
  else
    fail "neither root nor sudo: let root run tools/install_packages.sh ${packages[*]}"
  fi
  lines=$(missing "${purposes[@]}")
  [[ -z $lines ]] || fail "still missing: $(awk '{print $1}' <<<"$lines" | paste -sd' ')"
}

main "$@"
