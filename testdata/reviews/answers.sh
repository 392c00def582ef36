#!/bin/bash
# What a real kube-apiserver makes of a webhook's answers: prints the report that is kept as answers.txt.
# Run by hand; cluster.sh says what it needs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

answer() { cat >"$scratch/reviews/answer.json"; }  # the webhook's answers from now on: standard input
no_answer() { rm -f "$scratch/reviews/answer.json"; }

pod() {  # NAME: a Pod to create
  printf '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s"},"spec":{"containers":[{"name":"c","image":"i"}]}}' "$1"
}

section() { printf '\n== %s\n' "$*"; }

try() {  # COMMAND...: its output with its exit code, long lines cut
  local code=0 out
  out=$("$@" 2>&1) || code=$?
  printf '%s\n' "$out" | sed -E "s/127.0.0.1:[0-9]+/127.0.0.1:PORT/g; s/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/g" |
    awk '{ if (length($0) > 420) print substr($0, 1, 200) " [" length($0) " characters] " substr($0, length($0) - 60); else print }'
  echo "exit $code"
}

create() { pod "$1" | try kubectl create -f -; }
annotations() { kubectl get "$@" -o json | jq -c '.metadata.annotations // {}'; }
audit() {  # NAME VERB: the audit annotations of that request
  jq -c "select(.objectRef.name == \"$1\" and .verb == \"$2\") | .annotations
         | with_entries(select(.key | startswith(\"image-policy-webhook\")))" "$scratch/audit.log" |
    awk '{ print substr($0, 1, 400) }'
}
post() {  # NAME: creates that Pod by hand; headers and body are in $scratch
  pod "$1" >"$scratch/pod.json"
  curl -sk -D "$scratch/headers" -o "$scratch/body" -H 'Authorization: Bearer test-only-token' \
    -H 'Content-Type: application/json' --data-binary "@$scratch/pod.json" \
    "$(kubectl config view -o jsonpath='{.clusters[0].cluster.server}')/api/v1/namespaces/shop/pods"
}

status() {  # the Status that a client gets
  post denied
  jq -c '{kind, status, code, reason, message}' "$scratch/body" | sed -E 's/127.0.0.1:[0-9]+/127.0.0.1:PORT/g' | cut -c 1-400
}

warnings() {  # NAME: the warnings that come back, and how long each is
  post "$1"
  jq -r '.kind + " " + (.message // .metadata.name)' "$scratch/body"
  tr -d '\r' <"$scratch/headers" | sed -nE 's/^[Ww]arning: 299 - "(.*)"$/\1/p' |
    awk '{ print "  " length($0) " bytes: " substr($0, 1, 50) }'
}

annotate_and_warn() {
  section "Annotations by JSON patch, a warning, audit annotations (keys: a, two.parts-ok, with/slash, 64 characters)"
  answer <<JSON
{"patch": [{"op": "add", "path": "/metadata/annotations", "value": {"signing.example.org/status": "verified"}}],
 "warnings": ["one warning"],
 "auditAnnotations": {"a": "1", "two.parts-ok": "2", "with/slash": "3", "$(printf 'k%.0s' {1..64})": "4",
                      "long": "$(printf 'v%.0s' {1..300})", "UPPER_ok": "5", "-dash": "6", "": "7"}}
JSON
  create annotated
  annotations pod annotated
  audit annotated create
  section "The same patch on an update"
  try kubectl label pod annotated tier=front
  annotations pod annotated
  section "The same patch on pods/ephemeralcontainers: are the annotations kept?"
  no_answer
  create debugged >/dev/null
  answer <<<'{"patch": [{"op": "add", "path": "/metadata/annotations", "value": {"signing.example.org/status": "verified"}}], "auditAnnotations": {"a": "1"}}'
  try kubectl debug debugged --attach=false --image=i2 -c debugger --profile=general
  annotations pod debugged
  kubectl get pod debugged -o json | jq -c '[.spec.ephemeralContainers[]?.name]'
  audit debugged patch
  section "The same patch on a deployment's scale subresource"
  no_answer
  kubectl create deployment scaled --image=i >/dev/null
  answer <<<'{"patch": [{"op": "add", "path": "/metadata/annotations", "value": {"signing.example.org/status": "verified"}}]}'
  try kubectl scale deployment scaled --replicas=2
  annotations deployment scaled
  section "A patch on DELETE"
  try kubectl delete pod debugged --grace-period=0
  section "An empty patch list on DELETE"
  answer <<<'{"patch": []}'
  try kubectl delete pod debugged --grace-period=0
}

refuse() {
  section "Denied with a code and a message of two lines"
  answer <<<'{"allowed": false, "status": {"code": 403, "message": "The image: a is not signed.\nThe image: b is not signed."}, "warnings": ["a warning beside a denial"], "auditAnnotations": {"a": "1"}}'
  create denied
  audit denied create
  section "The Status that the client gets: code 403; 403 and reason Forbidden; 500; 200; no code; no status"
  local given
  for given in '"status": {"code": 403, "message": "m"}' \
    '"status": {"code": 403, "reason": "Forbidden", "message": "m"}' '"status": {"code": 500, "message": "m"}' \
    '"status": {"code": 200, "message": "m"}' '"status": {"message": "m"}' '"warnings": []'; do
    answer <<<"{\"allowed\": false, $given}"
    status
  done
  section "The webhook answers with HTTP status 400, 500, 429 and a text"
  for given in 400 500 429; do
    answer <<<"{\"http\": $given}"
    status
  done
  section "Denied with a message of 100,000 characters"
  answer <<<"{\"allowed\": false, \"status\": {\"code\": 403, \"message\": \"$(printf 'm%.0s' {1..100000})\"}}"
  create denied
  section "Denied with control characters in the message"
  answer <<<'{"allowed": false, "status": {"code": 403, "message": "before\u0000\u001b[31m after"}}'
  create denied
}

faults() {
  section "Another uid"
  answer <<<'{"uid": "no-such-uid"}'; create fault
  section "A patch that does not apply (remove of what is not there)"
  answer <<<'{"patch": [{"op": "remove", "path": "/metadata/annotations"}]}'; create fault
  section "add below annotations that are not there"
  answer <<<'{"patch": [{"op": "add", "path": "/metadata/annotations/a", "value": "b"}]}'; create fault
  section "An empty patch list"
  answer <<<'{"patch": []}'; create empty-patch
  section "An annotation whose key has two slashes; one whose value is no string; 300 KiB of annotations"
  answer <<<'{"patch": [{"op": "add", "path": "/metadata/annotations", "value": {"a/b/c": "d"}}]}'; create fault
  answer <<<'{"patch": [{"op": "add", "path": "/metadata/annotations", "value": {"a": 1}}]}'; create fault
  answer <<<"{\"patch\": [{\"op\": \"add\", \"path\": \"/metadata/annotations\", \"value\": {\"a\": \"$(head -c 307200 /dev/zero | tr '\0' a)\"}}]}"
  create fault
  section "Members that AdmissionResponse does not have"
  answer <<<'{"surprise": true}'; create surprise
}

warn() {
  section "Warnings: 300 characters; twice the same; empty; with a line break, a tab, a quote, beyond ASCII, a NUL, an ESC"
  python3 - "$scratch/reviews/answer.json" <<'PY'
import json, sys
with open(sys.argv[1], "w") as file:
    json.dump({"warnings": ["w" * 300, "same", "same", "", "line\nbreak", "tab\tstop", 'quote " and \\ backslash',
                            "größer 🚢", "zero \0", "escape \x1b[31m"]}, file)
PY
  warnings warned-1
  section "Warnings: 30 of 200 characters (6,000 in all)"
  python3 - "$scratch/reviews/answer.json" <<'PY'
import json, sys
with open(sys.argv[1], "w") as file:
    json.dump({"warnings": ["%02d " % i + "w" * 197 for i in range(30)]}, file)
PY
  warnings warned-2
  section "Warnings: 10 of 1,000 characters"
  python3 - "$scratch/reviews/answer.json" <<'PY'
import json, sys
with open(sys.argv[1], "w") as file:
    json.dump({"warnings": ["%02d " % i + "w" * 997 for i in range(10)]}, file)
PY
  warnings warned-3
}

start_cluster >/dev/null
register_webhook v1 >/dev/null
sleep 2
echo "kube-apiserver $(kube-apiserver --version)"
annotate_and_warn
refuse
faults
warn
section "What the API server logged about it"
grep -E 'annotation|warning header' "$scratch/apiserver.log" | sed -E 's/^[EWI][0-9]+ [0-9:.]+ +[0-9]+ //' | cut -c 1-300 | sort -u || true
