#!/bin/bash
# Makes images.json and the trusted roots anew: images signed by the real cosign, versions 2 and 3, with keys, and with
# certificates, logs and timestamps of a Sigstore on loopback that generator/ is (no network but the Go module proxy, the
# first time). Run by hand; takes some minutes. What cosign does not do, and what it does not accept afterwards, is said.
# With --missing it keeps the images that there are and makes those that images.json lacks, with a Sigstore that it adds
# to the trusted roots.
#
# Needs what tools/e2e_tools.sh needs: that builds cosign, and the generator is built of the same modules.
set -euo pipefail
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

go=$(tools/setup_go.sh)
programs=$(tools/e2e_tools.sh cosign2 cosign3)
(
  # shellcheck source=../../tools/go_env.sh
  source tools/go_env.sh
  cd testdata/sigstore/generator
  "$go" build -modfile=../../../e2e/kubernetes/go.mod -o "$scratch/generate" .
)
mkdir "$scratch/cosign"
"$scratch/generate" --cosign2 "$programs/cosign2" --cosign3 "$programs/cosign3" \
  --keys "$PWD/testdata/keys/private-test-only" --scratch "$scratch/cosign" --output testdata/sigstore "$@"
