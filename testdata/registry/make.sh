#!/bin/bash
# Makes storage/ and expected.json anew: images, signed by the real cosign v2 (no network, no transparency
# log) in Debian's docker-registry on a free loopback port. Run by hand; takes a few minutes, nearly all of
# them spent in asking cosign about every image with every key.
#
#   ./make.sh            everything
#   ./make.sh expected   only expected.json, from the storage tree that is there
#
# Needs cosign v2, docker-registry, openssl and python3 on PATH; ../README.md says how to get cosign.
set -euo pipefail
cd "$(dirname "$0")"
for tool in cosign docker-registry openssl python3; do
  command -v "$tool" >/dev/null || { echo "make.sh: $tool is not on PATH" >&2; exit 1; }
done
export PYTHONDONTWRITEBYTECODE=1 COSIGN_PASSWORD=
scratch=$(mktemp -d)
registry_pid=
stop() {
  [[ -z $registry_pid ]] || { kill "$registry_pid"; wait "$registry_pid" || true; }
  registry_pid=
}
trap 'stop; rm -rf "$scratch"' EXIT

start() {  # ROOT READONLY
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat >"$scratch/registry.yml" <<YML
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $1}, maintenance: {uploadpurging: {enabled: false}, readonly: {enabled: $2}}}
http: {addr: "127.0.0.1:$port"}
YML
  docker-registry serve "$scratch/registry.yml" >>"$scratch/registry.log" 2>&1 &
  registry_pid=$!
  for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    sleep 0.1
  done
  echo "make.sh: docker-registry did not start:" >&2
  cat "$scratch/registry.log" >&2
  exit 1
}

import_keys() {  # cosign signs with keys in its own encrypted form; the password is empty
  mkdir "$scratch/keys"
  local key
  for key in ../keys/private-test-only/*.pem; do
    cosign import-key-pair --yes --key "$key" --output-key-prefix "$scratch/keys/$(basename "$key" .pem)" \
      >/dev/null 2>&1
  done
  # What cosign generated is in that form already, under the password "test-only".
  cp ../keys/private-test-only/cosign-generated.key "$scratch/keys/"
}

if [[ ${1:-} != expected ]]; then
  import_keys
  start "$scratch/storage" false
  python3 make.py fill "127.0.0.1:$port" "$scratch"
  stop
  python3 make.py finish "$scratch/storage" "$scratch"
  rm -rf storage
  mv "$scratch/storage" storage
else
  cp expected.json "$scratch/cases.json"
fi
start "$PWD/storage" true
python3 expected.py "127.0.0.1:$port" "$scratch/cases.json" expected.json
