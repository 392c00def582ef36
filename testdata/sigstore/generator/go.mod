// What this takes from others is pinned where cosign is: ../make.sh builds it by e2e/kubernetes/go.mod.
module countersign.dev/testdata/sigstore/generator

go 1.26.0
