#!/usr/bin/env bash
# Generates the client's code from proto/ into ./generated, with Debian's protobuf-compiler and
# protobuf-compiler-grpc. What is generated needs Debian's python3-grpcio and python3-protobuf.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

mkdir -p generated
protoc --proto_path=../../../proto \
  --python_out=generated \
  --grpc_python_out=generated --plugin=protoc-gen-grpc_python="$(command -v grpc_python_plugin)" \
  countersign/v1/verifier.proto
