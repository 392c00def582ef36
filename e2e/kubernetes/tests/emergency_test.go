package tests

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/process"
)

// emergencyCommands gives the commands of the documents that let everything through: what is set in as
// code and names the label of the configurations that can keep pods from starting.
func emergencyCommands(t *testing.T) map[string]string {
	commands := map[string]string{}
	for _, document := range []string{"README.md", "docs/trouble.md", "docs/upgrade.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", document))
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(text), "\n\n") {
			if strings.HasPrefix(block, "    ") && strings.Contains(block, "countersign/admission=images") {
				commands[document+": "+strings.TrimSpace(block)] = block
			}
		}
	}
	if len(commands) < 4 {
		t.Fatalf("there are only %d such commands", len(commands))
	}
	return commands
}

// Nobody answers, so everything is refused; then one command, word for word, and nothing is.
func TestTheEmergencyCommandsOfTheDocumentsLetEverythingThrough(t *testing.T) {
	basePolicy().enforce(t)
	tools := t.TempDir()
	if err := os.Symlink(filepath.Join(world.Tools, "kubectl"), filepath.Join(tools, "kubectl")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		world.Serve(world.Shims...)
		if err := world.Reconfigure(); err != nil {
			t.Error(err)
		}
	})
	create := func() (string, bool) {
		return world.Kubectl(shop, cluster.YAML(workload("Pod", "emergency", open(unsigned))), "create", "-f", "-",
			"--dry-run=server")
	}
	for name, command := range emergencyCommands(t) {
		world.Serve(world.Shims...)
		if err := world.Reconfigure(); err != nil {
			t.Fatal(err)
		}
		world.Serve()
		world.Front.Reset()
		eventually(t, "pods are refused before "+name, func() bool {
			output, ok := create()
			return !ok && strings.Contains(output, "failed calling webhook")
		})
		// helm's own uninstall has nothing to uninstall here.
		command, _, _ = strings.Cut(command, "\n    helm ")
		stdout, stderr, err := process.Run(nil, []string{"PATH=" + tools + ":/usr/bin:/bin",
			"HOME=" + t.TempDir(), "KUBECONFIG=" + world.Kubeconfig}, "/bin/sh", "-e", "-c", command)
		if err != nil {
			t.Fatalf("%s: %v: %s%s", name, err, stdout, stderr)
		}
		var output string
		eventually(t, "pods are admitted after "+name, func() bool {
			var ok bool
			output, ok = create()
			return ok
		})
		t.Log(name, "->", output)
	}
}

// Both configurations that can keep pods from starting carry the label, and no other does.
func TestTheConfigurationsThatRefusePodsCarryTheLabel(t *testing.T) {
	output, ok := world.Kubectl(shop, "", "get", "mutatingwebhookconfigurations,validatingwebhookconfigurations",
		"-l", "countersign/admission=images", "-o", "name")
	expected := map[string]bool{
		"mutatingwebhookconfiguration.admissionregistration.k8s.io/image-policy-mutating-webhook-configuration": true,
		"validatingwebhookconfiguration.admissionregistration.k8s.io/image-policy-final-webhook-configuration":  true}
	found := map[string]bool{}
	for _, name := range strings.Fields(output) {
		found[name] = true
	}
	if !ok || !maps.Equal(expected, found) {
		t.Error(output)
	}
}
