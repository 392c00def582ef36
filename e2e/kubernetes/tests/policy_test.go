package tests

import (
	"strings"
	"testing"

	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/countersign"
)

func TestBothVersionsOfCosignAreUnderstood(t *testing.T) {
	policy := basePolicy()
	for image, key := range map[string]string{signed2: "release-2", signed3: "release-3"} {
		policy.images = []any{rule(world.Open.Host+"/shop/*", key)}
		policy.enforce(t)
		mustApply(t, shop, workload("Pod", "by-"+key, open(image)))
		other := map[string]string{signed2: signed3, signed3: signed2}[image]
		mustRefuse(t, shop, workload("Pod", "not-by-"+key, open(other)), notSigned(open(other)), key)
	}
}

func TestAStrangersSignatureIsNone(t *testing.T) {
	basePolicy().enforce(t)
	mustRefuse(t, shop, workload("Pod", "strangers", open(strangersImage)), notSigned(open(strangersImage)))
}

func TestEveryFailingImageIsNamed(t *testing.T) {
	basePolicy().enforce(t)
	mustRefuse(t, shop, workload("Deployment", "many", open(signed2), open(unsigned), open(unmatchedSigned)),
		notSigned(open(unsigned)), "Could not verify against any image policies for container image: "+open(unmatchedSigned)+".")
}

func TestWithoutAPolicyKubectlPrintsAWarning(t *testing.T) {
	removePolicy(t)
	output := mustApply(t, shop, workload("Pod", "without-policy", open(unsigned)))
	mustSay(t, output, `Warning: clusterimagepolicies.signing.apps.tanzu.vmware.com "image-policy" not found. `+
		"Image policy enforcement was not applied.", "pod/without-policy created")
}

func TestAnExcludedNamespaceIsLeftAlone(t *testing.T) {
	basePolicy().enforce(t)
	mustApply(t, excluded, workload("Pod", "in-excluded", open(unsigned)))
	mustRefuse(t, shop, workload("Pod", "in-enforced", open(unsigned)), notSigned(open(unsigned)))
}

func TestItsOwnNamespaceIsNotAskedAbout(t *testing.T) {
	basePolicy().enforce(t)
	world.Serve() // no shim at all: whatever is asked about now is refused
	world.Front.Reset()
	defer world.Serve(world.Shims...)
	mustApply(t, countersign.Namespace, workload("Pod", "own", open(unsigned)))
	mustRefuse(t, shop, workload("Pod", "other", open(signed2)), "failed calling webhook")
}

func TestAnUnmatchedImageIsRefused(t *testing.T) {
	basePolicy().enforce(t)
	mustRefuse(t, shop, workload("Pod", "unmatched", open(unmatchedSigned)),
		"Could not verify against any image policies for container image: "+open(unmatchedSigned)+".")
}

func TestAnUnmatchedImageIsAdmittedWithAWarningWhereThatIsWanted(t *testing.T) {
	basePolicy().enforce(t)
	verifier, err := world.NewVerifier("verifier-permissive", "--allow-unmatched-images")
	if err != nil {
		t.Fatal(err)
	}
	shim, err := world.NewShim("shim-permissive", verifier)
	if err != nil {
		t.Fatal(err)
	}
	world.Serve(shim)
	world.Front.Reset()
	t.Cleanup(func() {
		world.Serve(world.Shims...)
		world.Front.Reset()
		stop(t, shim.Process, verifier.Process)
	})
	output := mustApply(t, shop, workload("Pod", "unmatched-allowed", open(unmatchedSigned)))
	mustSay(t, output, "Warning: "+open(unmatchedSigned)+" did not match any image policies. "+
		"Container will be created as AllowUnmatchedImages flag is true.")
	mustRefuse(t, shop, workload("Pod", "still-refused", open(unsigned)), notSigned(open(unsigned)))
}

func TestAnInvalidPolicyIsRefusedByKubectlApplyWithThePath(t *testing.T) {
	basePolicy().enforce(t)
	for name, c := range map[string]struct {
		change func(cluster.Object)
		says   []string
	}{
		"key that is no PEM": {func(v cluster.Object) {
			v["keys"].([]any)[0].(cluster.Object)["publicKey"] = "no key"
		}, []string{"keys", "0", "publicKey"}},
		"pattern with an unknown key": {func(v cluster.Object) {
			v["images"] = []any{rule("registry.test/*", "nobody")}
		}, []string{"images", "0", "nobody"}},
		"pattern that can never match": {func(v cluster.Object) {
			v["images"] = []any{rule("registry.test/UPPER/*", "release-2")}
		}, []string{"images", "0", "namePattern"}},
	} {
		t.Run(name, func(t *testing.T) {
			object := basePolicy().object()
			c.change(cluster.At(object, "spec", "verification").(cluster.Object))
			mustRefuse(t, shop, object, c.says...)
		})
	}
	t.Run("another name", func(t *testing.T) {
		object := basePolicy().object()
		object["metadata"].(cluster.Object)["name"] = "another"
		mustRefuse(t, shop, object, "image-policy")
	})
	t.Run("no spec", func(t *testing.T) {
		object := basePolicy().object()
		delete(object, "spec")
		// `apply` leaves what it did not write itself.
		output, ok := world.Kubectl(shop, cluster.YAML(object), "replace", "-f", "-")
		if ok {
			t.Errorf("kubectl replace was to be refused: %s", output)
		}
		mustSay(t, output, "spec")
	})
}

func TestTheStatusTellsWhetherThePolicyIsAccepted(t *testing.T) {
	basePolicy().enforce(t)
	awaitCondition(t, "True")
	// Past the validating webhook, as if no shim had been there.
	world.Serve()
	world.Front.Reset()
	policy := basePolicy()
	policy.keys["broken"] = "no key"
	_, err := policy.write()
	world.Serve(world.Shims...)
	if err != nil {
		t.Fatal(err)
	}
	mustSay(t, awaitCondition(t, "False"), "/spec/verification/keys/", "publicKey")
	mustApply(t, shop, workload("Pod", "beside-broken-key", open(signed2)))

	basePolicy().enforce(t)
	awaitCondition(t, "True")
	before := resourceVersion(t)
	world.Probes[0].Review(shop, open(signed2))
	if after := resourceVersion(t); after != before {
		t.Errorf("the status is written again and again: %s, %s", before, after)
	}
}

// awaitCondition waits until the policy's condition Accepted, as seen for its latest generation, is
// status, and gives its message.
func awaitCondition(t *testing.T, status string) (message string) {
	t.Helper()
	eventually(t, "the condition Accepted is "+status, func() bool {
		object, err := world.Admin.Get(policyPath)
		if err != nil {
			t.Fatal(err)
		}
		conditions, _ := cluster.At(object, "status", "conditions").([]any)
		for _, condition := range conditions {
			if cluster.Text(condition, "type") == "Accepted" && cluster.Text(condition, "status") == status &&
				cluster.At(condition, "observedGeneration") == cluster.At(object, "metadata", "generation") {
				message = cluster.Text(condition, "message")
				return true
			}
		}
		return false
	})
	return message
}

func resourceVersion(t *testing.T) string {
	object, err := world.Admin.Get(policyPath)
	if err != nil {
		t.Fatal(err)
	}
	return cluster.Text(object, "metadata", "resourceVersion")
}

func TestKubectlShowsThePolicyWithItsColumns(t *testing.T) {
	basePolicy().enforce(t)
	awaitCondition(t, "True")
	output, ok := world.Kubectl(shop, "", "get", "clusterimagepolicies.signing.apps.tanzu.vmware.com")
	if !ok || !strings.Contains(output, "True") {
		t.Error(output)
	}
}
