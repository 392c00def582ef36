#!/usr/bin/env bash
# Unpacks Debian's BoringSSL source package, with Debian's patches applied, into the directory given.
#
# usage: fetch.sh DIRECTORY        (DIRECTORY must not exist)
#
# The three files of the source package are kept in ${XDG_CACHE_HOME:-~/.cache}/countersign/boringssl and
# are used only when their SHA-256 is the one below, whoever put them there. Missing ones are downloaded by
# apt from the machine's own Debian mirror, through a private copy of its sources list that asks for source
# packages: the machine's configuration is not touched and no privilege is needed.
set -euo pipefail

readonly package=android-platform-external-boringssl
readonly version=13.0.0+r24-2
readonly sums="\
7da1c07f669b05f417cbf3e0a784a1a9d844ce138616e02b3a228fc20645ef37  ${package}_${version}.dsc
583b7aeee1fca68b8244d086cea6fca23bd19d517bd63f0b9de714e048f92a7d  ${package}_${version%-*}.orig.tar.xz
f82d14420e2f4153c5e8be888e95a311c6a592806b3a2c64d920a35400dfd038  ${package}_${version}.debian.tar.xz"

readonly destination=${1:?usage: fetch.sh DIRECTORY}
readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/countersign/boringssl

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
      echo "fetch.sh: the files of $package $version do not have the expected SHA-256" >&2
      exit 1
    fi
    mv -f "$incoming"/* "$cache/"
  fi
  # The sums above are what is trusted; the .dsc file's own signature would add no more.
  dpkg-source --no-check --no-copy --extract "$cache/${package}_${version}.dsc" "$destination" >/dev/null
}

main
