#!/bin/bash
# Writes policy.yaml anew, with the public keys of ../keys in it. Run by hand, after ../keys/make.sh.
set -euo pipefail
cd "$(dirname "$0")"
keys=(ecdsa-p256 ecdsa-p256-second ecdsa-p384 ecdsa-p521 rsa-2048 rsa-3072 rsa-4096 ed25519 cosign-generated)

rule() {  # PATTERN KEY...
  printf "    - namePattern: '%s'\n      keys:\n" "$1"
  printf '      - name: %s\n' "${@:2}"
}

{
  cat <<'YAML'
# Written by make.sh. registry.test:5000 is a placeholder for the registry that serves ../registry/storage.
apiVersion: signing.apps.tanzu.vmware.com/v1beta1
kind: ClusterImagePolicy
metadata:
  name: image-policy
spec:
  verification:
    exclude:
      resources:
        namespaces:
        - kube-system
    keys:
YAML
  for key in "${keys[@]}"; do
    printf '    - name: %s\n      publicKey: |\n' "$key"
    sed 's/^/        /' "../keys/$key.pub"
  done
  echo '    images:'
  rule 'registry.test:5000/trusted/*' "${keys[@]}"
  rule 'registry.test:5000/trusted/team/*' ecdsa-p256
  printf '      secretRef:\n        name: %s\n        namespace: %s\n' registry-login image-policy-system
  rule 'registry.test:5000/standalone' ecdsa-p256
  rule 'registry.test:5000/crafted/*' "${keys[@]}"
  rule 'registry.test:5000/other/mirror*' ecdsa-p256
  rule 'registry.test:5000/other/app:signed' ecdsa-p256-second rsa-2048  # signed, but by neither
} >policy.yaml
