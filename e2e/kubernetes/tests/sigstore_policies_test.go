package tests

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign.dev/e2e/kubernetes/cluster"
)

const (
	sigstorePoliciesPath = sigstorePath + "v1beta1/clusterimagepolicies/"
	includeLabel         = "policy.sigstore.dev/include"
	keysNamespace        = "cosign-system" // as the chart has it
	controllerFinalizer  = "clusterimagepolicies.policy.sigstore.dev"
	// soon is what a change may take; watches tell of it at once.
	soon = 20 * time.Second
)

// imagePolicy is a ClusterImagePolicy of policy.sigstore.dev.
func imagePolicy(name, glob string, authorities ...any) cluster.Object {
	return cluster.Object{"apiVersion": "policy.sigstore.dev/v1beta1", "kind": "ClusterImagePolicy",
		"metadata": cluster.Object{"name": name},
		"spec":     cluster.Object{"images": []any{cluster.Object{"glob": glob}}, "authorities": authorities}}
}

func keyAuthority(name, pem string) cluster.Object {
	return cluster.Object{"name": name, "key": cluster.Object{"data": pem}}
}

func specOf(object cluster.Object) cluster.Object { return object["spec"].(cluster.Object) }

// applyForTest applies policies with kubectl; they are gone after the test.
func applyForTest(t *testing.T, policies ...cluster.Object) {
	t.Helper()
	for _, policy := range policies {
		removeAfter(t, cluster.Text(policy, "metadata", "name"))
	}
	mustApply(t, shop, policies...)
}

func removeAfter(t *testing.T, name string) {
	t.Cleanup(func() {
		err := setFinalizers(name)
		var status *cluster.StatusError
		if errors.As(err, &status) && status.Code == http.StatusNotFound {
			return
		}
		if err := errors.Join(err, world.Admin.Delete(sigstorePoliciesPath+name)); err != nil {
			t.Error(err)
		}
	})
}

func setFinalizers(name string, finalizers ...any) error {
	_, err := world.Admin.Do("PATCH", sigstorePoliciesPath+name, "application/merge-patch+json",
		cluster.Object{"metadata": cluster.Object{"finalizers": finalizers}})
	return err
}

func changeSpec(t *testing.T, name string, change cluster.Object) {
	t.Helper()
	_, err := world.Admin.Do("PATCH", sigstorePoliciesPath+name, "application/merge-patch+json",
		cluster.Object{"spec": change})
	if err != nil {
		t.Fatal(err)
	}
}

// includedNamespace is one in which these policies are asked, where there is none of Sign.
func includedNamespace(t *testing.T) string {
	t.Helper()
	removePolicy(t)
	namespace := newNamespace(t)
	labelNamespace(t, namespace, includeLabel+"=true")
	return namespace
}

func labelNamespace(t *testing.T, namespace, label string) {
	t.Helper()
	if output, ok := world.Kubectl(shop, "", "label", "namespace", namespace, label); !ok {
		t.Fatal(output)
	}
}

// awaitDecision waits until each verifier admits, or refuses, the image.
func awaitDecision(t *testing.T, namespace, image string, isAdmitted bool) {
	t.Helper()
	for _, shim := range world.Probes {
		until(t, soon, shim.Name+" decides otherwise about "+image, func() bool {
			allowed, _, err := shim.Review(namespace, image)
			return err == nil && allowed == isAdmitted
		})
	}
}

// awaitReady is what a person does who has applied a policy.
func awaitReady(t *testing.T, name, status string) {
	t.Helper()
	output, ok := world.Kubectl(shop, "", "wait", "--for=condition=Ready="+status, "--timeout=60s",
		"clusterimagepolicies.policy.sigstore.dev/"+name)
	if !ok {
		t.Fatal(output)
	}
}

func storedPolicy(t *testing.T, name string) cluster.Object {
	t.Helper()
	object, err := world.Admin.Get(sigstorePoliciesPath + name)
	if err != nil {
		t.Fatal(err)
	}
	return object
}

// conditionsOf are those of its status, by type.
func conditionsOf(object cluster.Object) map[string]any {
	conditions := map[string]any{}
	list, _ := cluster.At(object, "status", "conditions").([]any)
	for _, condition := range list {
		conditions[cluster.Text(condition, "type")] = condition
	}
	return conditions
}

// writesWithin counts how often the policy is written in that time.
func writesWithin(t *testing.T, name string, duration time.Duration) (writes int) {
	t.Helper()
	version := cluster.Text(storedPolicy(t, name), "metadata", "resourceVersion")
	for end := time.Now().Add(duration); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if now := cluster.Text(storedPolicy(t, name), "metadata", "resourceVersion"); now != version {
			version = now
			writes++
		}
	}
	return writes
}

func createPod(namespace, image string) (output string, ok bool) {
	return world.Kubectl(namespace, cluster.YAML(workload("Pod", "asked", image)), "create", "-f", "-", "--dry-run=server")
}

func mustNotSay(t testing.TB, output string, sentences ...string) {
	t.Helper()
	for _, sentence := range sentences {
		if strings.Contains(output, sentence) {
			t.Errorf("%q is said in:\n%s", sentence, output)
		}
	}
}

func TestPoliciesOfThePolicyControllerAreEnforced(t *testing.T) {
	namespace := includedNamespace(t)
	applyForTest(t, imagePolicy("release", world.Open.Host+"/shop/**", keyAuthority("release-2", world.Key2.Public)))
	awaitReady(t, "release", "true")
	awaitDecision(t, namespace, open(signed2), true)
	awaitDecision(t, namespace, open(unsigned), false)
	output := mustApply(t, namespace, workload("Pod", "signed", open(signed2)))
	mustNotSay(t, output, "Warning")
	mustHaveImages(t, storedPod(t, namespace, "signed"), pinned(t, signed2))

	said := "\n" + open(unsigned) + " signature key validation failed for authority release-2 for "
	for kind, path := range map[string]string{"Pod": "spec.containers[0].image",
		"Deployment": "spec.template.spec.containers[0].image",
		"CronJob":    "spec.jobTemplate.spec.template.spec.containers[0].image"} {
		output := mustRefuse(t, namespace, workload(kind, "unsigned", open(unsigned)),
			"validation failed: failed policy: release: "+path+said, "no signatures found", "NOT_SIGNED")
		mustNotSay(t, output, notSigned(open(unsigned)))
	}
	mustRefuse(t, namespace, workload("Pod", "unmatched", open(unmatchedSigned)),
		"validation failed: no matching policies: spec.containers[0].image\n"+open(unmatchedSigned))

	changeSpec(t, "release", cluster.Object{"mode": "warn"})
	awaitDecision(t, namespace, open(unsigned), true)
	output, ok := createPod(namespace, open(unsigned))
	if !ok {
		t.Error(output)
	}
	mustSay(t, output, "Warning: failed policy: release: spec.containers[0].image",
		"Warning: "+open(unsigned)+" signature key validation failed for authority release-2 for ")
}

func TestTheLabelOfANamespaceHoldsAtOnce(t *testing.T) {
	removePolicy(t)
	namespace := newNamespace(t)
	applyForTest(t, imagePolicy("labelled", world.Open.Host+"/shop/**", keyAuthority("release-2", world.Key2.Public)))
	awaitReady(t, "labelled", "true")
	awaitDecision(t, namespace, open(unsigned), true)
	for range 2 {
		labelNamespace(t, namespace, includeLabel+"=true")
		awaitDecision(t, namespace, open(unsigned), false)
		mustRefuse(t, namespace, workload("Pod", "unsigned", open(unsigned)), "failed policy: labelled")
		labelNamespace(t, namespace, includeLabel+"-")
		awaitDecision(t, namespace, open(unsigned), true)
	}
	if output, ok := createPod(namespace, open(unsigned)); !ok {
		t.Error(output)
	}
}

func TestTheStatusOfPoliciesTellsWhatIsInForce(t *testing.T) {
	namespace := includedNamespace(t)
	good := imagePolicy("status", world.Open.Host+"/shop/**", keyAuthority("release-2", world.Key2.Public))
	applyForTest(t, good)
	awaitReady(t, "status", "true")
	stored := storedPolicy(t, "status")
	for _, kind := range []string{"Ready", "KeysInlined", "PoliciesInlined", "ConfigMapUpdated"} {
		if status := cluster.Text(conditionsOf(stored)[kind], "status"); status != "True" {
			t.Errorf("the condition %s is %q", kind, status)
		}
	}
	if generation := cluster.At(stored, "metadata", "generation"); cluster.At(stored, "status", "observedGeneration") != generation {
		t.Errorf("not of the generation %v: %v", generation, stored["status"])
	}
	// Verifiers write the same, so it stays.
	writesWithin(t, "status", 2*time.Second)
	if writes := writesWithin(t, "status", 5*time.Second); writes != 0 {
		t.Errorf("the status is written again and again: %d times", writes)
	}

	// Past the validating webhook, as if no shim had been there.
	world.Serve()
	world.Front.Reset()
	broken := imagePolicy("status", world.Open.Host+"/shop/**", keyAuthority("release-2", world.Key2.Public),
		keyAuthority("broken", "no key"))
	output, ok := world.Kubectl(shop, cluster.YAML(broken), "apply", "-f", "-")
	world.Serve(world.Shims...)
	if !ok {
		t.Fatal(output)
	}
	awaitReady(t, "status", "false")
	conditions := conditionsOf(storedPolicy(t, "status"))
	mustSay(t, cluster.Text(conditions["PoliciesInlined"], "reason"), "InliningPoliciesFailed")
	mustSay(t, cluster.Text(conditions["Ready"], "message"), "/spec/authorities/1/key")
	awaitDecision(t, namespace, open(signed2), true) // the rest is in force
	awaitDecision(t, namespace, open(unsigned), false)
	output, ok = world.Kubectl(shop, "", "get", "clusterimagepolicies.policy.sigstore.dev")
	if !ok || !strings.Contains(output, "False") {
		t.Error(output)
	}
	mustApply(t, shop, good)
	awaitReady(t, "status", "true")
}

func TestBadObjectsAreRefusedByKubectlApplyInTheWordsOfThePolicyController(t *testing.T) {
	basePolicy().enforce(t)
	if err := world.EnsureNamespace(keysNamespace); err != nil {
		t.Fatal(err)
	}
	key := keyAuthority("release", world.Key2.Public)
	misspelt := imagePolicy("bad", "registry.test/**", key)
	specOf(misspelt)["misspelt"] = "x"
	unknownMode := imagePolicy("bad", "registry.test/**", key)
	specOf(unknownMode)["mode"] = "audit"
	for name, c := range map[string]struct {
		object cluster.Object
		says   []string
	}{
		"no way to prove": {imagePolicy("bad", "registry.test/**", cluster.Object{"name": "a"}),
			[]string{"validation failed: expected exactly one, got neither: spec.authorities[0].key, " +
				"spec.authorities[0].keyless, spec.authorities[0].static", "/spec/authorities/0/key: "}},
		"a glob that is none": {imagePolicy("bad", "[", key),
			[]string{"validation failed: invalid value: [: spec.images[0].glob", "/spec/images/0/glob: "}},
		"two of one name":   {imagePolicy("bad", "registry.test/**", key, key), []string{"/spec/authorities/1/name: "}},
		"an unknown member": {misspelt, []string{`json: unknown field "misspelt"`, "/spec/misspelt"}},
		"an unknown mode":   {unknownMode, []string{"unsupported mode", "/spec/mode: "}},
		"a TrustRoot of nothing": {cluster.Object{"apiVersion": "policy.sigstore.dev/v1alpha1", "kind": "TrustRoot",
			"metadata": cluster.Object{"name": "bad"}, "spec": cluster.Object{}},
			[]string{"validation failed: expected exactly one, got neither: spec.remote, spec.repository, spec.sigstoreKeys"}},
		"options of no kind": {cluster.Object{"apiVersion": "policy.countersign.dev/v1alpha1", "kind": "PolicyOptions",
			"metadata": cluster.Object{"name": "bad"}, "spec": cluster.Object{"group": "Not A Group"}}, []string{"spec.group"}},
		"settings that are no settings": {cluster.Object{"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": cluster.Object{"name": "config-policy-controller", "namespace": keysNamespace},
			"data":     cluster.Object{"enable-oci11": "maybe"}}, []string{"enable-oci11"}},
	} {
		t.Run(name, func(t *testing.T) {
			// A namespace that is said twice must be the same.
			namespace := shop
			if stated := cluster.Text(c.object, "metadata", "namespace"); stated != "" {
				namespace = stated
			}
			mustRefuse(t, namespace, c.object, c.says...)
		})
	}
}

func TestAKeyInASecretMayChangeAndTheLastGoodOneStays(t *testing.T) {
	namespace := includedNamespace(t)
	if err := world.EnsureNamespace(keysNamespace); err != nil {
		t.Fatal(err)
	}
	const secretPath = "/api/v1/namespaces/" + keysNamespace + "/secrets/release-key"
	write := func(pem string) {
		_, err := world.Admin.Apply(secretPath, cluster.Object{"apiVersion": "v1", "kind": "Secret",
			"metadata": cluster.Object{"name": "release-key"}, "stringData": cluster.Object{"cosign.pub": pem}})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := world.Admin.Delete(secretPath); err != nil {
			t.Error(err)
		}
	})
	write(world.Key2.Public)
	applyForTest(t, imagePolicy("by-secret", world.Open.Host+"/shop/**", cluster.Object{"name": "release",
		"key": cluster.Object{"secretRef": cluster.Object{"name": "release-key"}}}))
	awaitReady(t, "by-secret", "true")
	awaitDecision(t, namespace, open(signed2), true)
	awaitDecision(t, namespace, open(signed3), false)

	// It is read again every 30 seconds.
	write(world.Key3.Public)
	for _, shim := range world.Probes {
		until(t, 2*time.Minute, shim.Name+" has the new key", func() bool {
			allowed, _, err := shim.Review(namespace, open(signed3))
			return err == nil && allowed
		})
	}
	awaitDecision(t, namespace, open(signed2), false)
	if err := world.Admin.Delete(secretPath); err != nil {
		t.Fatal(err)
	}
	for _, verifier := range world.Verifiers {
		until(t, 2*time.Minute, verifier.Name+" knows that it is gone", func() bool {
			_, metrics, err := verifier.Ask("/metrics")
			return err == nil && strings.Contains(metrics, `countersign_sigstore_policy_secret_keys{state="old"} 1`)
		})
	}
	awaitDecision(t, namespace, open(signed3), true)
	awaitDecision(t, namespace, open(signed2), false)
	awaitReady(t, "by-secret", "false")
	mustSay(t, cluster.Text(conditionsOf(storedPolicy(t, "by-secret"))["KeysInlined"], "message"), "release-key")
}

// The Policy Controller still looks after those with its finalizer: their status is its to write, and nobody writes
// against it; but they are enforced, and changes of them are.
func TestPoliciesThatThePolicyControllerLooksAfterAreEnforcedAndNotWrittenTo(t *testing.T) {
	namespace := includedNamespace(t)
	policy := imagePolicy("held", world.Open.Host+"/shop/**", keyAuthority("release", world.Key2.Public))
	policy["metadata"].(cluster.Object)["finalizers"] = []any{controllerFinalizer}
	applyForTest(t, policy)
	awaitDecision(t, namespace, open(signed2), true)
	awaitDecision(t, namespace, open(signed3), false)
	for _, verifier := range world.Verifiers {
		eventually(t, verifier.Name+" tells that it holds back", func() bool {
			held, err := verifier.Metric("countersign_sigstore_policy_status_held")
			return err == nil && held == 1
		})
	}
	if writes := writesWithin(t, "held", 5*time.Second); writes != 0 {
		t.Errorf("it is written to %d times", writes)
	}
	if status := storedPolicy(t, "held")["status"]; status != nil {
		t.Errorf("it has a status: %v", status)
	}

	for range 2 {
		for key, image := range map[string]string{world.Key3.Public: signed3, world.Key2.Public: signed2} {
			changeSpec(t, "held", cluster.Object{"authorities": []any{keyAuthority("release", key)}})
			awaitDecision(t, namespace, open(image), true)
		}
	}
	if status := storedPolicy(t, "held")["status"]; status != nil {
		t.Errorf("it has a status: %v", status)
	}

	// Whoever takes the finalizer away hands it over.
	if err := setFinalizers("held"); err != nil {
		t.Fatal(err)
	}
	awaitReady(t, "held", "true")
}
