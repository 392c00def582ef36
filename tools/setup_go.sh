#!/usr/bin/env bash
# Prints the path of a `go` that is new enough for e2e/kubernetes/go.mod.
#
# One on PATH is taken if it is. If not, the release below is fetched from the Go module proxy, as the module
# golang.org/toolchain, by whatever `go` there is: an older one on PATH, or Debian's, which is installed. That
# download is checked against the checksum database as any module's, and against the sums below.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly release=go1.26.8
declare -rA sums=(
  [amd64]=h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=
  [arm64]=h1:sYL/O6MqS68ML0kjsQ36WoYIpJqkw60TxizWUYUKQMc=
)
export GOTOOLCHAIN=local GOFLAGS='' GOWORK=off

fail() {
  echo "setup_go: $*" >&2
  exit 2
}

new_enough() {  # GO
  local wanted has
  wanted=$(awk '$1 == "go" {print $2}' e2e/kubernetes/go.mod)
  has=$("$1" env GOVERSION 2>/dev/null) || return 1
  [[ $(printf '%s\n' "$wanted" "${has#go}" | sort -V | head -n 1) == "$wanted" ]]
}

any_go() {
  local go
  for go in "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go/bin/go; do
    if [[ -n $go && -x $go ]]; then
      echo "$go"
      return
    fi
  done
  tools/setup.sh go >&2
  command -v go || fail "Debian's golang-go is installed, but there is no go on PATH"
}

# Prints the folder of the module cache that the release was unpacked to.
fetch() {  # GO ARCHITECTURE
  local scratch answer
  scratch=$(mktemp -d)
  printf 'module countersign.dev/toolchain\n\ngo 1.19\n' >"$scratch/go.mod"
  answer=$(cd "$scratch" && "$1" mod download -json "golang.org/toolchain@v0.0.1-$release.linux-$2") ||
    fail "could not fetch $release from the Go module proxy: $answer"
  rm -rf "$scratch"
  grep -q "\"Sum\": \"${sums[$2]}\"" <<<"$answer" || fail "$release is not the one expected: $answer"
  sed -nE 's/^\t"Dir": "(.*)",$/\1/p' <<<"$answer"
}

main() {
  local go architecture folder
  go=$(any_go)
  if new_enough "$go"; then
    echo "$go"
    return
  fi
  architecture=$(dpkg --print-architecture)
  [[ -n ${sums[$architecture]:-} ]] || fail "no $release is known for $architecture; put go $release on PATH"
  [[ -e ${GOMODCACHE:-$HOME/go/pkg/mod}/golang.org/toolchain@v0.0.1-$release.linux-$architecture ]] ||
    echo "setup_go: $("$go" env GOVERSION) is too old; fetching $release (80 MB) with it" >&2
  folder=$(fetch "$go" "$architecture")
  # Module archives keep no execute permission.
  find "$folder/bin" "$folder/pkg/tool" -type f ! -perm -u+x -exec chmod u+w,a+x {} +
  new_enough "$folder/bin/go" || fail "$folder/bin/go does not run"
  echo "$folder/bin/go"
}

main
