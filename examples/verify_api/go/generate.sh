#!/usr/bin/env bash
# Generates the client's code from proto/ into ./countersignv1, with Debian's protobuf-compiler and
# the generators that go.mod pins.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly package=countersign.dev/examples/verify_api/countersignv1
mkdir -p generators
go build -o generators/ google.golang.org/protobuf/cmd/protoc-gen-go \
  google.golang.org/grpc/cmd/protoc-gen-go-grpc
protoc --proto_path=../../../proto \
  --plugin=generators/protoc-gen-go --plugin=generators/protoc-gen-go-grpc \
  --go_out=. --go_opt=module=countersign.dev/examples/verify_api \
  --go_opt=Mcountersign/v1/verifier.proto="$package" \
  --go-grpc_out=. --go-grpc_opt=module=countersign.dev/examples/verify_api \
  --go-grpc_opt=Mcountersign/v1/verifier.proto="$package" \
  countersign/v1/verifier.proto
