package tests

import (
	"path/filepath"
	"testing"

	"countersign.dev/e2e/kubernetes/process"
)

// Helm's own check of the chart, the manifest that is rendered from it, and what the API server says of both.
func TestTheChartHoldsWithHelmAndTheAPIServer(t *testing.T) {
	script, err := filepath.Abs(filepath.Join(*chart, "..", "check.sh"))
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr, err := process.Run(nil, []string{"PATH=/usr/bin:/bin", "HOME=" + world.Cluster.Directory,
		"KUBECONFIG=" + world.Kubeconfig, "HELM=" + filepath.Join(*tools, "helm"),
		"KUBECTL=" + filepath.Join(*tools, "kubectl")}, script, "--cluster")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	t.Log(stdout)
}
