package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"countersign.dev/e2e/kubernetes/certificates"
	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/countersign"
)

// With a client authority the shim answers nobody but an API server that is set up as docs/install.md says.
func TestTheWebhookAnswersTheAPIServerAloneWhereCallersShowCertificates(t *testing.T) {
	basePolicy().enforce(t)
	directory := t.TempDir()
	callers, err := certificates.NewAuthority(filepath.Join(directory, "authority"), "callers")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := callers.Issue("kube-apiserver-kubelet-client")
	if err != nil {
		t.Fatal(err)
	}
	shim, err := world.NewShimWith("guarded", []string{"--client-ca=" + callers.File,
		"--allowed-client=cn:kube-apiserver-kubelet-client"}, world.Verifiers...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		world.Serve(world.Shims...)
		restartAPIServer(t, "")
		stop(t, shim.Process)
	})
	world.Serve(shim)
	world.Front.Reset()
	create := func(name, image string) (string, bool) {
		return world.Kubectl(shop, cluster.YAML(workload("Pod", name, open(image))), "create", "-f", "-", "--dry-run=server")
	}

	if output, ok := create("no-certificate", signed2); ok || !strings.Contains(output, "failed calling webhook") {
		t.Errorf("without a certificate the API server was answered: %s", output)
	}
	if _, _, err := shim.Review(shop, open(signed2)); err == nil {
		t.Error("a stranger was answered")
	}

	restartAPIServer(t, writeAdmissionConfiguration(t, directory, pair))
	eventually(t, "a signed image is admitted", func() bool {
		_, ok := create("signed", signed2)
		return ok
	})
	if output, ok := create("unsigned", unsigned); ok || !strings.Contains(output, "is not signed") {
		t.Errorf("the mutating webhook was not asked: %s", output)
	}
	wrong := basePolicy()
	wrong.keys["broken"] = "no key"
	if output, ok := world.Kubectl(shop, cluster.YAML(wrong.object()), "apply", "-f", "-", "--dry-run=server"); ok ||
		!strings.Contains(output, ".publicKey: it holds no PEM block") {
		t.Errorf("the validating webhook was not asked: %s", output)
	}
	if _, _, err := shim.Review(shop, open(signed2)); err == nil {
		t.Error("a stranger was answered")
	}
}

func restartAPIServer(t *testing.T, configuration string) {
	t.Helper()
	world.APIServer.Kill()
	world.AdmissionConfiguration = configuration
	mustStart(t, world.StartAPIServer)
}

// writeAdmissionConfiguration writes the files of docs/install.md, word for word but for places and the service's port.
func writeAdmissionConfiguration(t *testing.T, directory string, pair certificates.Pair) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/install.md")
	if err != nil {
		t.Fatal(err)
	}
	const service = "image-policy-webhook-service." + countersign.Namespace + ".svc"
	replace := strings.NewReplacer("/etc/kubernetes/countersign", directory,
		"/etc/kubernetes/pki/apiserver-kubelet-client.crt", pair.Certificate,
		"/etc/kubernetes/pki/apiserver-kubelet-client.key", pair.Key,
		service, service+":"+strconv.Itoa(world.Front.Port()))
	files := map[string]string{"AdmissionConfiguration": "admission.yaml", "Config": "webhooks.kubeconfig"}
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for kind, name := range files {
			if !strings.Contains(block[1], "\nkind: "+kind+"\n") {
				continue
			}
			if err := os.WriteFile(filepath.Join(directory, name), []byte(replace.Replace(block[1])), 0o600); err != nil {
				t.Fatal(err)
			}
			delete(files, kind)
		}
	}
	if len(files) != 0 {
		t.Fatalf("docs/install.md has no block of %v", files)
	}
	return filepath.Join(directory, "admission.yaml")
}
