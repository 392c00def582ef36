package tests

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"countersign.dev/e2e/kubernetes/cluster"
)

func TestAnnotationsAndAuditAnnotationsAsStored(t *testing.T) {
	basePolicy().enforce(t)
	digest, err := world.Open.Digest(signed2)
	if err != nil {
		t.Fatal(err)
	}
	mustApply(t, shop, workload("Pod", "marked", open(signed2)))
	pod, err := world.Admin.Get("/api/v1/namespaces/shop/pods/marked")
	if err != nil {
		t.Fatal(err)
	}
	var images map[string]struct {
		Status, Digest string
		Keys           []string
	}
	text := cluster.Text(pod, "metadata", "annotations", "countersign/images")
	if err := json.Unmarshal([]byte(text), &images); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	found := images[open(signed2)+"@"+digest]
	if status(pod) != "verified" || found.Status != "verified" || found.Digest != digest ||
		len(found.Keys) != 1 || found.Keys[0] != "release-2" {
		t.Errorf("status %q, images %s; the digest is %s", status(pod), text, digest)
	}

	const prefix = "image-policy-webhook.signing.apps.tanzu.com/"
	eventually(t, "the audit log tells of it", func() bool {
		for _, event := range audited(t, "marked") {
			annotations, _ := event["annotations"].(cluster.Object)
			if annotations[prefix+"status"] == "verified" && annotations[prefix+"images"] == text {
				return true
			}
		}
		return false
	})
}

func TestForgedAnnotationsDoNotStay(t *testing.T) {
	basePolicy().enforce(t)
	forged := cluster.Object{"countersign/status": "verified", "countersign/other": "forged", "team": "shop"}
	pod := workload("Pod", "forged", open(unsigned))
	pod["metadata"].(cluster.Object)["annotations"] = forged
	mustApply(t, excluded, pod)
	stored, err := world.Admin.Get("/api/v1/namespaces/" + excluded + "/pods/forged")
	if err != nil {
		t.Fatal(err)
	}
	annotations, _ := cluster.At(stored, "metadata", "annotations").(cluster.Object)
	if status(stored) != "not-enforced" || annotations["team"] != "shop" || annotations["countersign/other"] != nil {
		t.Errorf("annotations are %v", annotations)
	}
}

func TestADryRunIsJudgedAndLeavesNothing(t *testing.T) {
	basePolicy().enforce(t)
	output, ok := world.Kubectl(shop, cluster.YAML(workload("Pod", "dry", open(signed2))),
		"apply", "-f", "-", "--dry-run=server", "-o", "jsonpath={.metadata.annotations.countersign/status}")
	if !ok || !strings.Contains(output, "verified") {
		t.Errorf("signed: %s", output)
	}
	output, ok = world.Kubectl(shop, cluster.YAML(workload("Pod", "dry", open(unsigned))),
		"apply", "-f", "-", "--dry-run=server")
	if ok {
		t.Errorf("unsigned: %s", output)
	}
	mustSay(t, output, notSigned(open(unsigned)))
	if _, err := world.Admin.Get("/api/v1/namespaces/shop/pods/dry"); err == nil {
		t.Error("the dry run is stored")
	}
}

func TestEphemeralContainersThroughTheSubresource(t *testing.T) {
	basePolicy().enforce(t)
	mustApply(t, shop, workload("Pod", "debugged", open(signed2)))
	debug := func(image, container string) (string, bool) {
		return world.Kubectl(shop, "", "debug", "debugged", "--image="+image, "--container="+container,
			"--profile=general", "--attach=false")
	}
	output, ok := debug(open(unsigned), "unsigned")
	if ok {
		t.Errorf("unsigned: %s", output)
	}
	mustSay(t, output, notSigned(open(unsigned)))
	if output, ok := debug(open(signed3), "signed"); !ok {
		t.Errorf("signed: %s", output)
	}
	pod, err := world.Admin.Get("/api/v1/namespaces/shop/pods/debugged")
	if err != nil {
		t.Fatal(err)
	}
	containers, _ := cluster.At(pod, "spec", "ephemeralContainers").([]any)
	if len(containers) != 1 || cluster.Text(containers[0], "image") != pinned(t, signed3) {
		t.Errorf("ephemeral containers: %v", containers)
	}
}

func TestAnImageVolumeIsChecked(t *testing.T) {
	basePolicy().enforce(t)
	withVolume := func(name, image string) cluster.Object {
		pod := workload("Pod", name, open(signed2))
		pod["spec"].(cluster.Object)["volumes"] = []any{
			cluster.Object{"name": "image", "image": cluster.Object{"reference": image}}}
		return pod
	}
	mustApply(t, shop, withVolume("volume-signed", open(signed3)))
	mustRefuse(t, shop, withVolume("volume-unsigned", open(unsigned)), notSigned(open(unsigned)))
}

func TestAnOldWorkloadCanStillBeLabelledScaledAndDeleted(t *testing.T) {
	removePolicy(t)
	mustApply(t, shop, workload("Deployment", "old", open(unsigned)))
	basePolicy().enforce(t)
	for _, arguments := range [][]string{
		{"label", "deployment", "old", "team=shop"},
		{"scale", "deployment", "old", "--replicas=0"},
	} {
		if output, ok := world.Kubectl(shop, "", arguments...); !ok {
			t.Errorf("%v: %s", arguments, output)
		}
	}
	output, ok := world.Kubectl(shop, "", "set", "image", "deployment/old", "c0="+open(strangersImage))
	if ok {
		t.Errorf("another unsigned image: %s", output)
	}
	mustSay(t, output, notSigned(open(strangersImage)))
	if output, ok := world.Kubectl(shop, "", "delete", "deployment", "old"); !ok {
		t.Errorf("delete: %s", output)
	}
}

// audited gives the audit log's events about the object name.
func audited(t *testing.T, name string) (events []cluster.Object) {
	file, err := os.Open(world.AuditLog)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var event cluster.Object
		if json.Unmarshal(lines.Bytes(), &event) == nil && cluster.Text(event, "objectRef", "name") == name {
			events = append(events, event)
		}
	}
	return events
}
