#!/bin/bash
# Writes the examples of this folder anew. Run by hand, after ../keys/make.sh. README.md says what is wrong
# with each.
set -euo pipefail
cd "$(dirname "$0")"
rm -f -- *.yaml *.json

policy() {  # [NAME [API VERSION]]
  printf 'apiVersion: %s\nkind: ClusterImagePolicy\nmetadata:\n  name: %s\nspec:\n  verification:\n' \
    "${2:-signing.apps.tanzu.vmware.com/v1beta1}" "${1:-image-policy}"
}
keys() { printf '    keys:\n'; }
key() {  # NAME FILE
  printf '    - name: %s\n      publicKey: |\n' "$1"
  sed 's/^/        /' "../keys/$2"
}
images() { printf '    images:\n'; }
rule() {  # PATTERN KEY...
  printf "    - namePattern: '%s'\n      keys:\n" "$1"
  printf '      - name: %s\n' "${@:2}"
}
good() { keys; key good ecdsa-p256.pub; images; rule 'registry.test:5000/trusted/*' good; }

# One part wrong, the rest usable.
{ policy; keys; key good ecdsa-p256.pub; images
  printf "    - namePattern: 'registry.test:5000/trusted/docker'\n"
  printf "    - namePattern: 'registry.test:5000/trusted/multi'\n      keys: []\n"
  rule 'registry.test:5000/trusted/app' good; } >rule-without-keys.yaml
{ policy; images; rule 'registry.test:5000/trusted/*' good; } >no-keys.yaml
{ policy; keys; key good ecdsa-p256.pub; images
  rule 'registry.test:5000/trusted/keys' missing
  rule 'registry.test:5000/trusted/app' good missing; } >unknown-key.yaml
{ policy; keys; key good ecdsa-p256.pub; key broken bad/truncated.pub; images
  rule 'registry.test:5000/trusted/keys' broken
  rule 'registry.test:5000/trusted/app' good broken; } >bad-pem.yaml
{ policy; keys
  bad=(../keys/bad/*.pub); bad=("${bad[@]##*/}"); bad=("${bad[@]%.pub}")
  for name in "${bad[@]}"; do key "$name" "bad/$name.pub"; done
  key good ecdsa-p256.pub; images
  rule 'registry.test:5000/trusted/keys' "${bad[@]}"
  rule 'registry.test:5000/trusted/app' good; } >every-bad-key.yaml
{ policy; keys; key same ecdsa-p256.pub; key same ecdsa-p384.pub; key good ecdsa-p256.pub; images
  rule 'registry.test:5000/trusted/keys' same
  rule 'registry.test:5000/trusted/app' good; } >duplicate-key-names.yaml
{ policy; keys; key good ecdsa-p256.pub
  printf '    - publicKey: |\n'; sed 's/^/        /' ../keys/ecdsa-p384.pub
  printf '    - name: without-key\n'; images
  rule 'registry.test:5000/trusted/app' good
  rule 'registry.test:5000/trusted/keys' without-key; } >incomplete-keys.yaml
{ policy; keys; key good ecdsa-p256.pub; images
  rule '' good
  rule 'registry.test:5000/Upper Case/*' good
  printf '    - keys:\n      - name: good\n'
  printf '    - namePattern: 7\n      keys:\n      - name: good\n'
  rule 'registry.test:5000/trusted/app' good; } >bad-patterns.yaml
{ policy; good
  printf '      secretRef:\n        name: registry-login\n'; } >incomplete-secret-reference.yaml
{ policy; good; printf '    exclude:\n      resources:\n        namespaces: [kube-system, "", 7, "Not A Name"]\n'; } \
  >bad-namespaces.yaml

# No policy can be made of it.
policy | sed '/^spec/,$d' >no-spec.yaml
policy | sed '$d' >spec-null.yaml
{ policy; printf '    keys: {good: here}\n'; images; rule '*' good; } >keys-no-list.yaml
{ policy; keys; key good ecdsa-p256.pub; printf '    images: "registry.test:5000/*"\n'; } >images-no-list.yaml
{ policy; good; printf '    exclude: [kube-system]\n'; } >exclude-no-object.yaml
{ policy; good; printf '    exclude:\n      resources:\n        namespaces: kube-system\n'; } >namespaces-no-list.yaml
{ policy another-policy; good; } >wrong-name.yaml
{ policy; good; echo ---; policy image-policy-2; good; } >two-policies.yaml
{ policy; good; echo ---; policy; good; } >same-policy-twice.yaml

# No manifest can be made of it.
{ policy; good; printf '   - badly: indented\n'; } >syntax-error.yaml
{ policy; good; printf '\tkeys: []\n'; } >tab.yaml
{ policy; good; printf '  verification: {}\n'; } >duplicate-members.yaml
{ policy; printf '    keys: &keys\n    - *later\n'; } >unknown-anchor.yaml
{ policy; printf '    images: [{namePattern: "unclosed}]\n'; } >unclosed-quote.yaml
printf '{"apiVersion": "signing.apps.tanzu.vmware.com/v1beta1", "kind": "ClusterImagePolicy",}\n' >not-json.json
printf 'Dear operator,\n\tthis: is: no manifest.\n' >not-yaml.yaml
printf '\x00\x01\xff\xfe binary \x80\n' >binary.yaml
printf -- '- a\n- list\n' >list.yaml
printf 'apiVersion: signing.apps.tanzu.vmware.com/v1beta1\nmetadata: {name: image-policy}\n' >no-kind.yaml
{ policy; good; } | sed -n 1,12p >truncated.yaml
{ printf 'a: &a [x, x, x, x, x, x, x, x, x, x]\n'
  for letter in b c d e f g h i; do
    previous=$(tr b-i a-h <<<"$letter")
    printf '%s: &%s [' "$letter" "$letter"; printf '*%s, ' "$previous"{,,,,,,,,}; printf '*%s]\n' "$previous"
  done; } >aliases.yaml
{ policy; printf '    keys: '; printf '[%.0s' {1..10000}; echo; } >deep.yaml

# A good policy beside a Secret that is none.
{ policy; good; cat <<'YAML'
---
apiVersion: v1
kind: Secret
metadata: {name: not-base64, namespace: shop}
type: kubernetes.io/dockerconfigjson
data: {.dockerconfigjson: "not base64!"}
YAML
} >secret-not-base64.yaml
{ policy; good; cat <<'YAML'
---
apiVersion: v1
kind: Secret
metadata: {name: not-json, namespace: shop}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: "{auths: not-json-and-secret-word}"}
---
apiVersion: v1
kind: Secret
metadata: {name: other-member, namespace: shop}
type: kubernetes.io/dockerconfigjson
stringData: {config.json: "{}"}
YAML
} >secret-not-docker-config.yaml
