package tests

import (
	"slices"
	"testing"

	"countersign.dev/e2e/kubernetes/process"
)

// That one of the verifiers is of this kind shows in all other tests, too: one shim asks it alone.
func TestAVerifierFindsItsClusterWhereAPodDoes(t *testing.T) {
	if !process.CanMount() {
		t.Skip("not run: programs may not have mounts of their own here")
	}
	arguments := world.Verifiers[0].Process.Arguments()
	if !slices.Contains(arguments, "--kubernetes") {
		t.Fatalf("the verifier was started with %q", arguments)
	}
	if code, body, err := world.Verifiers[0].Ask("/readyz"); err != nil || code != 200 {
		t.Errorf("/readyz: %d %q %v", code, body, err)
	}
	if readable, err := world.Verifiers[0].Metric("countersign_policy_readable"); err != nil || readable != 1 {
		t.Errorf("countersign_policy_readable: %v %v", readable, err)
	}
}
