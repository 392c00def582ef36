#!/bin/bash
# Captures AdmissionReviews from a real kube-apiserver: v1/*.json and v1beta1/*.json, byte for byte as they
# came. Run by hand; cluster.sh says what it needs. About half a minute.
#
# Every object of objects/*.yaml is created; KIND-NAME.json is its review. After those come updates, scaling,
# subresources and deletion. Host names of images are the placeholder registry.test:5000.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

split_documents() {  # FILE: a file for each document, its name printed
  csplit --quiet --elide-empty-files --prefix "$scratch/$(basename "$1" .yaml)-" --suffix-format %02d.yaml \
    "$1" '/^---$/' '{*}'
  ls "$scratch/$(basename "$1" .yaml)"-??.yaml
}

review_name() {  # FILE: kind-name
  local kind name
  kind=$(sed -n 's/^kind: //p' "$1")
  name=$(sed -nE '/^metadata:/,/^[a-z]*:$/s/.*[{ ](name|generateName): ([a-z-]*[a-z]).*/\2/p' "$1" | head -n 1)
  echo "${kind,,}-$name"
}

create_objects() {
  local file
  for file in $(split_documents "$here/objects/pods.yaml") $(split_documents "$here/objects/workloads.yaml"); do
    named "$(review_name "$file")" kubectl create -f "$file" || [[ $(cat "$scratch/reviews/name") == *-without-image ]]
  done
}

# What a controller sends: a Pod with an owner, a generated name, by a service account.
create_owned_pod() {
  local owner
  owner=$(kubectl get replicaset web -o jsonpath='{.metadata.uid}')
  kubectl create clusterrolebinding controller --clusterrole=cluster-admin \
    --serviceaccount=kube-system:replicaset-controller
  named pod-owned kubectl create --as=system:serviceaccount:kube-system:replicaset-controller -f - <<YAML
apiVersion: v1
kind: Pod
metadata:
  generateName: web-
  labels: {app: web}
  ownerReferences:
  - {apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: $owner, controller: true, blockOwnerDeletion: true}
spec:
  containers:
  - {name: web, image: "registry.test:5000/trusted/app:signed"}
YAML
}

update_pods() {
  local pod='{"spec":{"containers":[{"name":"web","image":"registry.test:5000/trusted/app:unsigned"}]}}'
  named pod-dry-run kubectl run dry --image=registry.test:5000/trusted/app:signed --dry-run=server
  named pod-update-label kubectl label pod signed tier=front
  named pod-update-image kubectl patch pod signed -p "$pod"
  named pod-unsigned-update-label kubectl label pod unsigned tier=front
  named pod-ephemeral-containers kubectl debug service-account --attach=false --profile=general \
    --image=registry.test:5000/trusted/app:unsigned --target=web -c debugger
  named pod-ephemeral-containers-second kubectl debug service-account --attach=false --profile=general \
    --image=registry.test:5000/trusted/keys:rsa-3072 --target=web -c debugger-signed
  named pod-status kubectl patch pod signed --subresource=status -p '{"status":{"phase":"Running"}}'
  named pod-resize kubectl patch pod signed --subresource=resize \
    -p '{"spec":{"containers":[{"name":"web","resources":{"limits":{"cpu":"1"}}}]}}' || true
  named pod-binding kubectl create --raw /api/v1/namespaces/shop/pods/by-stranger/binding -f - <<'JSON'
{"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "by-stranger"},
 "target": {"apiVersion": "v1", "kind": "Node", "name": "node-1"}}
JSON
  # Connecting itself fails, having no kubelet; kubectl tries more than once.
  named pod-exec timeout 10 kubectl exec by-stranger -- true || true
}

# Deleted, but kept by a finalizer: updates of an object that has a deletionTimestamp.
delete_pods() {
  named ignored kubectl patch pod tampered -p '{"metadata":{"finalizers":["example.org/keep"]}}'
  named pod-delete kubectl delete pod tampered --grace-period=0 --wait=false
  named pod-being-deleted-update kubectl patch pod tampered -p '{"metadata":{"finalizers":null}}'
  named pod-delete-collection kubectl delete --raw "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb" >/dev/null
}

update_workloads() {
  local image='registry.test:5000/trusted/app:unsigned'
  named deployment-update-label kubectl label deployment web tier=front
  named deployment-update-image kubectl set image deployment/web "web=$image"
  named deployment-update-add-container kubectl patch deployment web-unsigned -p \
    '{"spec":{"template":{"spec":{"containers":[{"name":"log","image":"registry.test:5000/trusted/app:signed"}]}}}}'
  named deployment-unsigned-update-label kubectl label deployment web-unsigned tier=front
  named deployment-unsigned-scale-field kubectl patch deployment web-unsigned -p '{"spec":{"replicas":0}}'
  named deployment-scale kubectl scale deployment web-unsigned --replicas=1
  named deployment-status kubectl patch deployment web --subresource=status -p '{"status":{"replicas":2}}'
  named deployment-apply-create kubectl apply --server-side -f - <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: {name: applied}
spec:
  selector: {matchLabels: {app: applied}}
  template:
    metadata: {labels: {app: applied}}
    spec: {containers: [{name: web, image: "registry.test:5000/trusted/app:signed"}]}
YAML
  named deployment-delete kubectl delete deployment web --cascade=orphan --wait=false
  named statefulset-update-image kubectl set image statefulset/web "web=$image"
  named cronjob-update-image kubectl patch cronjob web -p \
    '{"spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"'$image'"}]}}}}}}'
  named cronjob-suspend kubectl patch cronjob web -p '{"spec":{"suspend":true}}'
  named job-of-cronjob kubectl create job by-hand --from=cronjob/web
  named rollout-update-image kubectl patch rollout web --type=json -p \
    '[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"'$image'"}]'
  named rollout-status kubectl patch rollout web --subresource=status --type=merge -p '{"status":{"ready":1}}'
  named replicationcontroller-scale kubectl scale replicationcontroller web --replicas=3
}

keep() {  # VERSION: what was captured, the first of each name
  mkdir -p "$here/$1"
  find "$scratch/reviews" -name '*.json' ! -name '*-[0-9].json' ! -name 'ignored.json' -exec cp {} "$here/$1/" \;
}

rm -rf "$here/v1" "$here/v1beta1"
start_cluster
register_webhook v1
sleep 2  # the API server looks at webhook configurations once a second
create_objects
create_owned_pod
update_workloads
update_pods
delete_pods
keep v1
cp "$scratch/reviews/pod-signed.request" "$here/request.txt"

kubectl create namespace old
kubectl -n old create serviceaccount default
rm -f "$scratch"/reviews/*.json
register_webhook v1beta1
sleep 2
for file in "$scratch"/pods-00.yaml "$scratch"/workloads-*.yaml; do
  [[ $(review_name "$file") =~ ^(pod-signed|deployment-web|job-web|cronjob-web)$ ]] || continue
  named "$(review_name "$file")" kubectl -n old create -f "$file"
done
named pod-delete kubectl -n old delete pod signed --grace-period=0 --wait=false
keep v1beta1

# batch/v1beta1 is gone from the API server since 1.25; the CronJob in it differed in nothing but its version.
for version in v1 v1beta1; do
  jq -c '(.request | .kind, .resource, .requestKind, .requestResource).version = "v1beta1"
         | .request.object.apiVersion = "batch/v1beta1"' \
    "$here/$version/cronjob-web.json" >"$here/$version/cronjob-batch-v1beta1.json"
done
ls "$here/v1" "$here/v1beta1"
