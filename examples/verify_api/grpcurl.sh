#!/usr/bin/env bash
# Asks a verifier whether images may run, with grpcurl (GRPCURL names another than that on the PATH).
#
# usage: SERVER=HOST:PORT CA=FILE CERT=FILE KEY=FILE [NAMESPACE=NAME] [TIMEOUT=SECONDS] grpcurl.sh IMAGE...
#
# Exit status: 0 if all may, 1 if one must not, 2 if it could not be asked.
set -euo pipefail

proto=$(dirname "${BASH_SOURCE[0]}")/../../proto
readonly proto
readonly timeout=${TIMEOUT:-20}
# The longest answer that a verifier gives. grpcurl takes 4 MiB if nothing else is said.
readonly max_answer_bytes=$((8 << 20))

# What grpcurl's exit status is for the gRPC codes that mean "not now": 64 and the code.
readonly cancelled=65 resource_exhausted=72 unavailable=78

request() {
  python3 - "${NAMESPACE:-}" "$@" <<'END'
import json, sys
namespace, *images = sys.argv[1:]
print(json.dumps({"namespace": namespace, "images": [{"reference": image} for image in images]}))
END
}

# Prints the verdicts of the answer on standard input. Members that have their zero value are not in
# the JSON: a decision that is missing allows nothing.
show() {
  python3 -c '
import json, sys
try:
    answer, images = json.load(sys.stdin), int(sys.argv[1])
except ValueError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
verdicts = answer.get("verdicts", [])
for warning in answer.get("warnings", []):
    print("warning:", warning)
for verdict in verdicts:
    print(str(verdict.get("decision", "UNSPECIFIED")).removeprefix("DECISION_"),
          str(verdict.get("reason", "UNSPECIFIED")).removeprefix("REASON_"),
          verdict.get("reference", ""), verdict.get("digest", "-"))
    for name in ("message", "warning"):
        if verdict.get(name):
            print("   ", verdict[name])
if len(verdicts) != images:
    sys.exit(2)
sys.exit(any(verdict.get("decision") != "DECISION_ALLOW" for verdict in verdicts))
' "$1"
}

main() {
  if (($# == 0)); then
    sed -n 's/^# usage: /usage: /p' "${BASH_SOURCE[0]}" >&2
    exit 2
  fi
  local body answer status sending
  body=$(request "$@")
  for sending in 1 2; do
    status=0
    answer=$("${GRPCURL:-grpcurl}" -cacert "$CA" -cert "$CERT" -key "$KEY" \
      -connect-timeout "$timeout" -max-time "$timeout" -max-msg-sz "$max_answer_bytes" \
      -import-path "$proto" -proto countersign/v1/verifier.proto \
      -d "$body" "$SERVER" countersign.v1.Verifier/VerifyImages) || status=$?
    # The call is read-only: it may be made once more. Other errors are final.
    ((sending == 1 && (status == cancelled || status == resource_exhausted || status == unavailable))) || break
    sleep 0.1
  done
  ((status == 0)) || exit 2
  status=0
  show $# <<<"$answer" || status=$?
  exit "$status"
}

main "$@"
