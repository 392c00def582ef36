#!/usr/bin/env bash
# Unpacks a source package of Debian's, with Debian's patches applied, into the directory given.
#
# usage: fetch_source_package.sh PACKAGE_VERSION.sha256 DIRECTORY        (DIRECTORY must not exist)
#
# The first is the file with the SHA-256 of the package's files, as sha256sum writes them, and is named like the
# package. They are kept in ${XDG_CACHE_HOME:-~/.cache}/countersign/PACKAGE and are used only when they have those sums,
# whoever put them there. Missing ones are downloaded by apt from the machine's own Debian mirror, through a private copy
# of its sources list that asks for source packages: the machine's configuration is not touched and no privilege is
# needed.
set -euo pipefail

readonly usage="usage: fetch_source_package.sh PACKAGE_VERSION.sha256 DIRECTORY"
sums=$(<"${1:?$usage}")
readonly sums destination=${2:?$usage}
name=$(basename "$1" .sha256)
readonly package=${name%%_*} version=${name#*_}
readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/countersign/$package

is_verified() {
  (cd "$1" && sha256sum --check --status <<<"$sums") 2>/dev/null
}

# Prints the machine's Debian sources, as sources of source packages and in one-line or deb822 form.
write_source_entries() {
  local parts=$1
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ -f $file ]] || continue
    grep -hE '^deb[[:space:]].*[[:space:]](bookworm|stable)(-updates|-security)?[[:space:]]+([a-z-]+[[:space:]]+)*main([[:space:]]|$)' \
      "$file" | sed 's/^deb[[:space:]]/deb-src /' >>"$parts/debian.list" || true
  done
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ -f $file ]] || continue
    grep -qE '^Suites:([[:space:]].*)?[[:space:]](bookworm|stable)(-updates|-security)?([[:space:]]|$)' "$file" || continue
    sed 's/^Types:.*/Types: deb-src/' "$file" >"$parts/$(basename "$file")"
  done
}

download() {
  local into=$1 apt_root
  apt_root=$(mktemp -d)
  # shellcheck disable=SC2064  # the directory of now is the one to remove
  trap "rm -rf '$apt_root'" RETURN
  mkdir -p "$apt_root"/{parts,lists/partial,cache/archives/partial}
  write_source_entries "$apt_root/parts"
  local options=(
    -o Dir::Etc::sourcelist=/dev/null
    -o Dir::Etc::sourceparts="$apt_root/parts"
    -o Dir::State::lists="$apt_root/lists"
    -o Dir::Cache="$apt_root/cache"
    -o APT::Sandbox::User="$(id -un)"
  )
  apt-get "${options[@]}" --quiet update >&2
  (cd "$into" && apt-get "${options[@]}" --quiet --download-only source "$package=$version" >&2)
}

main() {
  mkdir -p "$cache"
  if ! is_verified "$cache"; then
    local incoming
    incoming=$(mktemp -d "$cache/incoming.XXXXXX")
    # shellcheck disable=SC2064  # the directory of now is the one to remove
    trap "rm -rf '$incoming'" EXIT
    download "$incoming"
    if ! is_verified "$incoming"; then
      echo "fetch_source_package.sh: the files of $package $version do not have the expected SHA-256" >&2
      exit 1
    fi
    mv -f "$incoming"/* "$cache/"
  fi
  # The sums above are what is trusted; the .dsc file's own signature would add no more.
  dpkg-source --no-check --no-copy --extract "$cache/$name.dsc" "$destination" >/dev/null
}

main
