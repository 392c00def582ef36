#!/usr/bin/env bash
# Builds the images, optimized, pushes them to a registry, and signs them there.
#
# usage: push.sh REGISTRY[/PREFIX] [--key FILE] [--ca FILE] [--plain-http] [--replace]
#
#   --key FILE     sign each image with cosign and this private key (or key of a KMS, as cosign names it);
#                  cosign is the one in PATH, or the one that COSIGN names
#   --ca FILE      PEM file with the authority of the registry, where the system does not know it
#   --plain-http   the registry speaks HTTP, or has a certificate that nobody knows
#   --replace      push even where the version's tag is another image already
#
# Logins are those of ~/.docker/config.json. Environment: COSIGN_PASSWORD, as cosign reads it.
set -euo pipefail

readonly names=(countersign-shim countersign-verifier countersign)

usage() {
  sed -n '4,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
}

fail() {
  echo "push: $*" >&2
  exit "${status:-2}"
}

destination='' key='' ca='' plain_http='' replace=''
while (($#)); do
  case $1 in
    --key | --ca)
      [[ $# -ge 2 ]] || fail "$1 takes a file"
      if [[ $1 == --key ]]; then key=$2; else ca=$2; fi
      shift
      ;;
    --plain-http) plain_http=yes ;;
    --replace) replace=yes ;;
    -h | --help)
      usage
      exit
      ;;
    -*) fail "there is no option '$1'; --help lists them" ;;
    *)
      [[ -z $destination ]] || fail "one registry at a time: '$destination' and '$1'"
      destination=${1%/}
      ;;
  esac
  shift
done
[[ -n $destination ]] || fail "where to? ./dev push REGISTRY[/PREFIX]"
[[ $destination != *://* ]] || fail "'$destination': without the scheme, as image names begin"
cosign=${COSIGN:-cosign}
if [[ -n $key ]]; then
  [[ $key == *://* || -r $key ]] || fail "--key $key: cannot be read"
  command -v "$cosign" >/dev/null ||
    fail "--key: '$cosign' is not there; install cosign, or name it with COSIGN"
fi

# skopeo takes a folder of authorities, in which a file's name ends with .crt.
certificates=$(mktemp -d)
trap 'rm -rf "$certificates"' EXIT
registry_options=(--cert-dir "$certificates")
cosign_options=()
if [[ -n $ca ]]; then
  cp -- "$ca" "$certificates/ca.crt" || fail "--ca $ca: cannot be read"
  cosign_options+=(--registry-cacert "$ca")
fi
if [[ -n $plain_http ]]; then
  registry_options+=(--tls-verify=false)
  cosign_options+=(--allow-http-registry --allow-insecure-registry)
fi

# The digest of the tag in the registry; nothing where there is none.
digest_of() {
  local error
  error=$(mktemp)
  if ! skopeo inspect "${registry_options[@]}" --format '{{.Digest}}' "docker://$1" 2>"$error"; then
    if ! grep -Eq 'manifest unknown|name unknown|not found' "$error"; then
      cat "$error" >&2
      rm -f "$error"
      return 1
    fi
  fi
  rm -f "$error"
}

push() {
  local name=$1 built=bazel-bin/deploy/images/$1 repository=$destination/$1 digest there
  digest=$(<"$built.digest")
  there=$(digest_of "$repository:$version") || status=1 fail "$repository: could not be asked"
  if [[ -n $there && $there != "$digest" && -z $replace ]]; then
    status=1 fail "$repository:$version is $there already, and this is $digest:" \
      "raise kVersion in base/version.h, or give --replace"
  fi
  # A registry that would need another form of the manifest is refused: the digest must stay what was built.
  skopeo --insecure-policy copy --quiet --preserve-digests "${registry_options[@]/#--/--dest-}" \
    "oci:$built:$version" "docker://$repository:$version" >&2
  if [[ -n $key ]]; then sign "$repository@$digest" >&2; fi
  echo "$repository:$version@$digest"
}

# The signature goes beside the image, not to a public log: the image may be nobody else's business. cosign 3
# would put it where earlier versions do not look.
sign() {
  local options=(--tlog-upload=false --yes "${cosign_options[@]}")
  if "$cosign" sign --help 2>&1 | grep -q -e --use-signing-config; then
    options+=(--use-signing-config=false --new-bundle-format=false)
  fi
  "$cosign" sign --key "$key" "${options[@]}" "$1"
}

bazel build --config=opt "${names[@]/#/\/\/deploy\/images:}" >&2
version=$(sed -nE 's/.* kVersion = "([^"]+)";/\1/p' base/version.h | tr + _)
for name in "${names[@]}"; do push "$name"; done
