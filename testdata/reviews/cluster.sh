# shellcheck shell=bash
# A kube-apiserver on loopback with etcd and the recording webhook; to be sourced. No kubelet and no
# controllers: objects are admitted and stored, nothing runs. Needs kube-apiserver and kubectl (1.34),
# etcd, openssl, python3, curl and jq on PATH; ../README.md says how to get them.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
started=()

stop_cluster() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$scratch"
}
trap stop_cluster EXIT

require_tools() {
  local tool
  for tool in kube-apiserver kubectl etcd openssl python3 jq curl; do
    command -v "$tool" >/dev/null || { echo "$0: $tool is not on PATH" >&2; exit 1; }
  done
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

certificate() {  # NAME: a certificate of its own for 127.0.0.1
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
    -addext "subjectAltName=IP:127.0.0.1" -keyout "$scratch/$1.key" -out "$scratch/$1.crt" 2>/dev/null
}

start_webhook() {
  certificate webhook
  mkdir -p "$scratch/reviews"
  echo unnamed >"$scratch/reviews/name"
  python3 "$here/webhook.py" "$scratch/reviews" "$scratch/webhook.crt" "$scratch/webhook.key" \
    >"$scratch/webhook.port" &
  started+=($!)
  until [[ -s $scratch/webhook.port ]]; do sleep 0.1; done
  webhook_port=$(cat "$scratch/webhook.port")
}

start_etcd() {
  etcd_url=http://127.0.0.1:$(free_port)
  etcd --data-dir "$scratch/etcd" --listen-client-urls "$etcd_url" --advertise-client-urls "$etcd_url" \
    --listen-peer-urls "http://127.0.0.1:$(free_port)" >"$scratch/etcd.log" 2>&1 &
  started+=($!)
}

start_apiserver() {
  openssl genrsa -out "$scratch/accounts.key" 2048 2>/dev/null
  echo 'test-only-token,kubernetes-admin,admin,"system:masters"' >"$scratch/tokens.csv"
  printf '%s\n' 'apiVersion: audit.k8s.io/v1' 'kind: Policy' 'omitStages: [RequestReceived]' \
    'rules: [{level: Metadata, namespaces: [shop]}, {level: None}]' >"$scratch/audit.yaml"
  local port
  port=$(free_port)
  kube-apiserver --etcd-servers="$etcd_url" --secure-port="$port" --bind-address=127.0.0.1 \
    --advertise-address=127.0.0.1 --cert-dir="$scratch/certificates" \
    --service-account-key-file="$scratch/accounts.key" \
    --service-account-signing-key-file="$scratch/accounts.key" \
    --service-account-issuer=https://kubernetes.default.svc --authorization-mode=RBAC \
    --token-auth-file="$scratch/tokens.csv" --service-cluster-ip-range=10.0.0.0/24 \
    --endpoint-reconciler-type=none --feature-gates=ImageVolume=true \
    --audit-policy-file="$scratch/audit.yaml" --audit-log-path="$scratch/audit.log" \
    >"$scratch/apiserver.log" 2>&1 &
  started+=($!)
  cat >"$scratch/kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:$port", insecure-skip-tls-verify: true}}]
users: [{name: u, user: {token: test-only-token}}]
contexts: [{name: x, context: {cluster: c, user: u, namespace: shop}}]
current-context: x
YAML
  export KUBECONFIG=$scratch/kubeconfig KUBECACHEDIR=$scratch/kubecache
  local tries=0
  until kubectl get --raw /readyz >/dev/null 2>&1; do
    ((++tries < 120)) || { tail -n 20 "$scratch/apiserver.log" >&2; exit 1; }
    sleep 0.5
  done
}

# The configuration of deploy/ but for the address, and with more resources than it names: what the
# shim does with those must be known too. VERSION is v1 or v1beta1.
register_webhook() {  # VERSION
  kubectl apply -f - <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: image-policy-mutating-webhook-configuration}
webhooks:
- name: image-policy-webhook.signing.apps.tanzu.com
  clientConfig:
    url: https://127.0.0.1:$webhook_port/signing-policy-check
    caBundle: $(base64 -w0 <"$scratch/webhook.crt")
  admissionReviewVersions: [$1]
  sideEffects: None
  timeoutSeconds: 10
  failurePolicy: Fail
  rules:
  - operations: ["*"]
    apiGroups: [""]
    apiVersions: [v1]
    resources: [pods, pods/*, replicationcontrollers, replicationcontrollers/*, podtemplates, configmaps]
  - operations: ["*"]
    apiGroups: [apps, batch, example.org]
    apiVersions: ["*"]
    resources: ["*/*"]
YAML
}

# Pods want a service account in their namespace, and without a controller nobody makes it.
prepare_namespaces() {
  kubectl create namespace shop
  kubectl create serviceaccount default
  kubectl -n kube-system create serviceaccount default
  kubectl create serviceaccount builder
  kubectl patch serviceaccount builder -p '{"imagePullSecrets":[{"name":"builder-pull"}]}'
  kubectl apply -f "$here/objects/rollout-definition.yaml"
  kubectl wait --for=condition=Established crd/rollouts.example.org --timeout=30s
}

start_cluster() {
  require_tools
  start_webhook
  start_etcd
  start_apiserver
  prepare_namespaces
}

named() {  # NAME COMMAND...: runs it; the review it brings about is called NAME
  echo "$1" >"$scratch/reviews/name"
  "${@:2}"
}
