package tests

import (
	"strings"
	"testing"

	"countersign.dev/e2e/kubernetes/cluster"
)

// pinned is the text of an image with the digest that its tag has.
func pinned(t *testing.T, image string) string {
	t.Helper()
	digest, err := world.Open.Digest(image)
	if err != nil {
		t.Fatal(err)
	}
	return open(image) + "@" + digest
}

func storedPod(t *testing.T, namespace, name string) cluster.Object {
	t.Helper()
	pod, err := world.Admin.Get("/api/v1/namespaces/" + namespace + "/pods/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

func imagesOf(pod cluster.Object) (images []string) {
	for _, container := range containersOf(pod) {
		images = append(images, cluster.Text(container, "image"))
	}
	return images
}

func mustHaveImages(t *testing.T, pod cluster.Object, images ...string) {
	t.Helper()
	if strings.Join(imagesOf(pod), " ") != strings.Join(images, " ") {
		t.Errorf("the images are %v, not %v", imagesOf(pod), images)
	}
}

func TestAPinnedPodIsStoredAndItsManifestCanBeAppliedAgain(t *testing.T) {
	basePolicy().enforce(t)
	pod := workload("Pod", "pinned", open(signed2), open(signed3))
	spec := pod["spec"].(cluster.Object)
	spec["initContainers"] = []any{cluster.Object{"name": "first", "image": open(signed2)}}
	spec["volumes"] = []any{cluster.Object{"name": "image", "image": cluster.Object{"reference": open(signed3)}}}
	mustApply(t, shop, pod)
	for range 2 {
		stored := storedPod(t, shop, "pinned")
		mustHaveImages(t, stored, pinned(t, signed2), pinned(t, signed3))
		init := cluster.At(stored, "spec", "initContainers").([]any)[0]
		if image := cluster.Text(init, "image"); image != pinned(t, signed2) {
			t.Errorf("the init container is %q", image)
		}
		for _, volume := range cluster.At(stored, "spec", "volumes").([]any) {
			reference := cluster.Text(volume, "image", "reference")
			if cluster.Text(volume, "name") == "image" && reference != pinned(t, signed3) {
				t.Errorf("the volume is %q", reference)
			}
		}
		// By a manifest with tags; the volume's could not even be changed.
		mustApply(t, shop, pod)
	}
	output, ok := world.Kubectl(shop, "", "label", "pod", "pinned", "team=shop")
	if !ok {
		t.Error(output)
	}
	mustHaveImages(t, storedPod(t, shop, "pinned"), pinned(t, signed2), pinned(t, signed3))
	if output, ok := world.Kubectl(shop, "", "set", "image", "pod/pinned", "c0="+open(signed3)); !ok {
		t.Error(output)
	}
	mustHaveImages(t, storedPod(t, shop, "pinned"), pinned(t, signed3), pinned(t, signed3))
}

func TestTemplatesStayAsTheyAreWritten(t *testing.T) {
	basePolicy().enforce(t)
	mustApply(t, shop, workload("Deployment", "template", open(signed2)))
	output, _ := world.Kubectl(shop, "", "get", "deployment", "template", "-o",
		"jsonpath={.spec.template.spec.containers[0].image}")
	if output != open(signed2) {
		t.Errorf("the template's image is %q", output)
	}
	eventually(t, "there is a pod", func() bool {
		return len(labelled(t, "/api/v1/namespaces/shop/pods", "template")) == 1
	})
	mustHaveImages(t, labelled(t, "/api/v1/namespaces/shop/pods", "template")[0], pinned(t, signed2))
}

// A ReplicaSet must be the one that its Deployment knows, or there would be new ones without end.
func TestTemplatesArePinnedWhereThatIsWanted(t *testing.T) {
	basePolicy().enforce(t)
	shim, err := world.NewShimWith("shim-pinning-all", []string{"--pin-images=all"}, world.Verifiers...)
	if err != nil {
		t.Fatal(err)
	}
	world.Serve(shim)
	world.Front.Reset()
	t.Cleanup(func() {
		world.Serve(world.Shims...)
		world.Front.Reset()
		stop(t, shim.Process)
	})
	const path = "/apis/apps/v1/namespaces/shop/deployments/pinned-template"
	deployment := workload("Deployment", "pinned-template", open(signed2))
	mustApply(t, shop, deployment)
	for range 2 {
		stored, err := world.Admin.Get(path)
		if err != nil {
			t.Fatal(err)
		}
		template, _ := cluster.At(stored, "spec", "template").(cluster.Object)
		mustHaveImages(t, template, pinned(t, signed2))
		eventually(t, "the Deployment is up to date", func() bool {
			stored, err := world.Admin.Get(path)
			return err == nil && cluster.At(stored, "status", "observedGeneration") == cluster.At(stored, "metadata", "generation") &&
				cluster.At(stored, "status", "updatedReplicas") == float64(1)
		})
		mustApply(t, shop, deployment) // by a manifest with tags
	}
	if sets := labelled(t, "/apis/apps/v1/namespaces/shop/replicasets", "pinned-template"); len(sets) != 1 {
		t.Errorf("there are %d ReplicaSets", len(sets))
	}
	pods := labelled(t, "/api/v1/namespaces/shop/pods", "pinned-template")
	if len(pods) != 1 {
		t.Fatalf("there are %d pods", len(pods))
	}
	mustHaveImages(t, pods[0], pinned(t, signed2))
}

func TestNoOtherWebhookGetsAnUnjudgedImageStored(t *testing.T) {
	basePolicy().enforce(t)
	others := startMutators(t)
	// Called after Countersign, by their names, and called again when the other has changed something.
	others.install(t, "zy-rewriter", "mutated")
	others.install(t, "zz-injector", "mutated")
	attempt := func(dryRun ...string) (string, bool) {
		return world.Kubectl(shop, cluster.YAML(workload("Pod", "mutated", open(signed2))),
			append([]string{"create", "-f", "-"}, dryRun...)...)
	}
	others.set("zz-injector", addSidecar(open(unsigned)))
	var output string
	eventually(t, "the API server asks the others, and Countersign about what they did", func() bool {
		var ok bool
		output, ok = attempt("--dry-run=server")
		return !ok
	})
	mustSay(t, output, notSigned(open(unsigned)), "container sidecar")

	// A sidecar that is signed is judged when Countersign is called again, and pinned.
	others.set("zz-injector", addSidecar(open(signed3)))
	if output, ok := attempt(); !ok {
		t.Fatal(output)
	}
	mustHaveImages(t, storedPod(t, shop, "mutated"), pinned(t, signed2), pinned(t, signed3))
	if output, ok := world.Kubectl(shop, "", "delete", "pod", "mutated", "--now"); !ok {
		t.Fatal(output)
	}

	// What is rewritten after that, nobody but the last word sees.
	const final = `admission webhook "image-policy-final.signing.apps.tanzu.com" denied the request`
	for _, rewritten := range []struct {
		image     string
		sentences []string
	}{
		{open(unsigned), []string{final, "is not pinned to the digest that was judged"}},
		{open(signed3), []string{final, "is not pinned to the digest that was judged", "in the order of their names"}},
		{pinned(t, unsigned), []string{final, notSigned(pinned(t, unsigned))}},
		{pinned(t, signed3), nil},
	} {
		others.set("zy-rewriter", func(pod cluster.Object) []any {
			if len(containersOf(pod)) == 1 {
				return nil // not yet: Countersign would be called again
			}
			return setImage(rewritten.image)
		})
		output, ok := attempt("--dry-run=server")
		if ok != (rewritten.sentences == nil) {
			t.Errorf("%s: %s", rewritten.image, output)
		}
		mustSay(t, output, rewritten.sentences...)
	}
}

func TestANamespaceKeepsItsImagesAsTheyAreWrittenWhereThatIsAllowed(t *testing.T) {
	basePolicy().enforce(t)
	namespace := newNamespace(t)
	if output, ok := world.Kubectl(namespace, "", "label", "namespace", namespace, "countersign/pin=off"); !ok {
		t.Fatal(output)
	}
	stored := func(namespace, name string) string {
		output, _ := world.Kubectl(namespace, cluster.YAML(workload("Pod", name, open(signed2))), "create",
			"-f", "-", "--dry-run=server", "-o", "jsonpath={.spec.containers[0].image}")
		return output
	}
	if image := stored(namespace, "not-allowed"); image != pinned(t, signed2) {
		t.Errorf("without the operator's leave the image is %q", image)
	}
	if err := world.Reconfigure("image_pinning_opt_out=true"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Reconfigure(); err != nil {
			t.Error(err)
		}
	})
	eventually(t, "the namespace's images stay as they are", func() bool {
		return stored(namespace, "allowed") == open(signed2)
	})
	mustRefuse(t, namespace, workload("Pod", "unsigned", open(unsigned)), notSigned(open(unsigned)))
	if image := stored(shop, "others"); image != pinned(t, signed2) {
		t.Errorf("in another namespace the image is %q", image)
	}
}
