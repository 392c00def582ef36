#!/usr/bin/env bash
# To be sourced at the root: builds the three programs, and tells e2e/ where they are.

# By links of its own: whoever else builds meanwhile, in another configuration, changes those of the checkout.
links=$(mktemp -d)
bazel build --symlink_prefix="$links/" //cli:countersign //shim:countersign-shim //verifier:countersign-verifier
COUNTERSIGN_BUILT=$(readlink -f "$links/bin")
export COUNTERSIGN_BUILT
rm -r "$links"
