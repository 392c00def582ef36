#!/usr/bin/env bash
# Checks the chart with the real helm: that deploy/countersign.yaml is what it renders, that it renders with other
# values and what of them (renderings_test.py, policy_renderings_test.py), and that wrong ones are refused.
#
# usage: check.sh [--cluster]    with --cluster the API server that kubectl talks to must accept each rendering, too
#                                (strictly, as a dry run; only the namespace is made)
#
# HELM and KUBECTL name the programs if they are not in PATH.
set -euo pipefail
deploy=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
count=0

fail() {
  echo "FAILED  $*" >&2
  failed=1
}

"${HELM:-helm}" lint --strict "$deploy/chart" >"$scratch/lint" || { cat "$scratch/lint"; fail "helm lint"; }

"$deploy/render.sh" --set replicas=2 >"$scratch/default.yaml"
diff <(sed '1,/^# chart:/d' "$deploy/countersign.yaml") "$scratch/default.yaml" >"$scratch/diff" || {
  head -n 20 "$scratch/diff"
  fail "deploy/countersign.yaml is not what the chart renders: run deploy/render.sh"
}

# shellcheck disable=SC2054 # helm's own commas
accepted=(
  replicas=1,autoscaling.enabled=true,topologySpread.enabled=false
  priorityClassName=system-cluster-critical,image.registry=registry.example.org/x
  certificates.source=cert-manager,webhook.failurePolicy=Ignore
  webhook.validation.enabled=false,networkPolicy.metricsNamespace=monitoring
  image_pinning=all,image_pinning_opt_out=true,webhook.validateFinal=all
  image_pinning=false,webhook.validateFinal=off,webhook.validation.enabled=false
  'verifier.credentialNamespaces={shop},custom_ca_secrets[0].secret_name=ca,custom_ca_secrets[0].namespace=tls'
  shim.hostNetwork=true,shim.port=9443,verifier.hostNetwork=true,verifier.statusPort=8081,clusterDomain=cluster.local
  'custom_ca_config_maps[0].name=ca,custom_ca_config_maps[0].key=ca.crt,commonLabels.team=a,shim.podLabels.b=c'
  networkPolicy.apiServers[0].ipBlock.cidr=192.0.2.0/28,certificates.ttlSecondsAfterFinished=60
  policyController.enabled=false policyController.crds=existing,policyController.namespace=artifact-attestations
  policyController.namespaceSelection=opt-out,webhook.failurePolicy=Ignore
  monitoring.dashboard.enabled=true,monitoring.dashboard.namespace=monitoring,monitoring.rules.enabled=true
)
for values in "${accepted[@]}"; do
  count=$((count + 1))
  "$deploy/render.sh" --set "$values" >"$scratch/$count.yaml" || fail "is refused: $values"
done
# shellcheck disable=SC2054
refused=(
  replica=2 replicas=0 shim.verbos=true webhook.failurePolicy=ignore certificates.source=existing
  certificates.source=vault deployment_namespace=Upper priorityClassName=high,replicas=3
  'custom_cas[0].content=x' quota.pod_number=5 commonLabels.app\\.kubernetes\\.io/name=x shim.dnsPolicy=None
  image_pinning=some image_pinning=true webhook.validateFinal=true
  "shim.allowedClients={cn:x}" shim.clientCA.secret=x shim.clientCA.key=x
  shim.clientCA.secret=x,shim.clientCA.configMap=x,shim.clientCA.key=x
  policyController.crds=none policyController.namespaceSelection=all policyController.namespace=Upper
  monitoring.rules.runbooks=docs monitoring.dashboard.enabled=1 monitoring.dashboard.labels.grafana_dashboard=null
  policyController.kmsPublicKeys.vault=x 'policyController.kmsPublicKeys.gcpkms://k=x'
)
for values in "${refused[@]}"; do
  if "$deploy/render.sh" --set "$values" >/dev/null 2>&1; then fail "is not refused: $values"; fi
done

for tests in renderings_test policy_renderings_test; do
  HELM=${HELM:-helm} python3 "$deploy/$tests.py" 2>"$scratch/tests" || {
    cat "$scratch/tests"
    fail "deploy/$tests.py"
  }
done

in_cluster() {
  "${KUBECTL:-kubectl}" create namespace image-policy-system --dry-run=client --output=yaml |
    "${KUBECTL:-kubectl}" apply -f - >/dev/null
  local manifest
  for manifest in "$scratch"/*.yaml; do
    "${KUBECTL:-kubectl}" apply --dry-run=server --validate=strict -f "$manifest" >/dev/null 2>"$scratch/said" || true
    # The kinds of cert-manager and of the Prometheus operator are not everywhere, nor are the namespaces that values
    # name.
    grep -v -e '^Warning' -e 'cert-manager.io/v1' -e 'monitoring.coreos.com/v1' -e 'ensure CRDs' \
      -e 'namespaces "\(shop\|tls\|monitoring\)" not found' \
      "$scratch/said" >"$scratch/complaints" || continue
    cat "$scratch/complaints"
    fail "the API server refuses $(basename "$manifest")"
  done
}
if [[ ${1:-} == --cluster ]]; then in_cluster; fi

((failed == 0)) && echo "the chart: $((${#accepted[@]} + 1)) renderings, ${#refused[@]} refusals as they should be"
