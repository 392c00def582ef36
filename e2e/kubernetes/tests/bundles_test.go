package tests

import (
	"testing"

	"countersign.dev/e2e/kubernetes/registry"
)

func pushBundled(t *testing.T, name string, key registry.Key) string {
	t.Helper()
	digest, err := world.Open.Push(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := world.Cosign3.SignWithBundle(key, world.Open.Host, repositoryOf(name), digest); err != nil {
		t.Fatal(err)
	}
	return open(name)
}

// Of the policy's key, under the policy that there was before there were bundles.
func TestABundleOfCosign3IsASignature(t *testing.T) {
	basePolicy().enforce(t)
	image := pushBundled(t, "shop/web:bundled-by-cosign-3", world.Key3)
	mustApply(t, shop, workload("Pod", "bundled", image))
}

func TestABundleOfAStrangerIsNone(t *testing.T) {
	basePolicy().enforce(t)
	image := pushBundled(t, "shop/web:bundled-by-stranger", world.Stranger)
	mustRefuse(t, shop, workload("Pod", "bundled-by-stranger", image), notSigned(image), "none of the keys made it")
}
