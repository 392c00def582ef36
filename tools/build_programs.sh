#!/usr/bin/env bash
# To be sourced at the root: builds the three programs, and tells e2e/ where they are.

bazel build //cli:countersign //shim:countersign-shim //verifier:countersign-verifier
COUNTERSIGN_BUILT=$(bazel info bazel-bin 2>/dev/null)
export COUNTERSIGN_BUILT
