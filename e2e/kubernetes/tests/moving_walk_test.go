package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/process"
)

// Images of the walk, as REPOSITORY:TAG.
const (
	walkSigned   = "walk/web:signed"
	walkUnsigned = "walk/web:unsigned"
	walkNested   = "walk/nested/web:signed" // by the other key
)

// walk is a way through docs/moving-from-sign.md, in a folder of its own.
type walk struct {
	*testing.T
	section, folder string
	unlabelled      string // a namespace that only a policy of Sign asks about
}

func newWalk(t *testing.T) *walk {
	t.Helper()
	document, err := os.ReadFile(filepath.Join(*chart, "..", "..", "docs", "moving-from-sign.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(document), "\n## To policies of policy.sigstore.dev\n")
	if !found {
		t.Fatal("the document has no such section")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return &walk{T: t, section: section, folder: t.TempDir(), unlabelled: newNamespace(t)}
}

// documented is the one command of the section that begins so, with its arguments.
func (w *walk) documented(beginning string) string {
	w.Helper()
	var found []string
	for _, line := range strings.Split(w.section, "\n") {
		if command := strings.TrimSpace(line); strings.HasPrefix(line, "    ") && strings.HasPrefix(command, beginning) {
			found = append(found, command)
		}
	}
	if len(found) != 1 {
		w.Fatalf("%d commands begin with %q: %q", len(found), beginning, found)
	}
	return found[0]
}

// run runs a command as a person would, who has the programs on the PATH.
func (w *walk) run(command string) string {
	w.Helper()
	programs, err := filepath.Abs(filepath.Join(*built, "cli"))
	if err != nil {
		w.Fatal(err)
	}
	stdout, stderr, err := process.Run([]byte("set -euo pipefail\n"+command+"\n"), []string{
		"PATH=" + programs + ":" + *tools + ":/usr/bin:/bin", "HOME=" + w.folder, "KUBECONFIG=" + world.Kubeconfig},
		"/usr/bin/env", "--chdir="+w.folder, "/bin/bash")
	if err != nil {
		w.Fatalf("%s: %v\n%s%s", command, err, stdout, stderr)
	}
	return stdout + stderr
}

func (w *walk) read(file string) []cluster.Object {
	w.Helper()
	text, err := os.ReadFile(filepath.Join(w.folder, file))
	if err != nil {
		w.Fatal(err)
	}
	objects, err := cluster.Documents(string(text))
	if err != nil {
		w.Fatal(err)
	}
	return objects
}

func (w *walk) write(file string, objects []cluster.Object) {
	w.Helper()
	if err := os.WriteFile(filepath.Join(w.folder, file), []byte(cluster.YAML(objects...)), 0o644); err != nil {
		w.Fatal(err)
	}
}

// admits asks kubectl; what it says is given.
func (w *walk) admits(image string) string {
	w.Helper()
	output, ok := createPod(shop, open(image))
	if !ok {
		w.Errorf("%s is refused: %s", image, output)
	}
	return output
}

func (w *walk) refuses(image string, sentences ...string) string {
	w.Helper()
	output, ok := createPod(shop, open(image))
	if ok {
		w.Errorf("%s is admitted: %s", image, output)
	}
	mustSay(w, output, sentences...)
	return output
}

// await waits until each verifier answers about the image as it should.
func (w *walk) await(what, namespace, image string, isSo func(allowed bool, warnings string) bool) {
	w.Helper()
	for _, shim := range world.Probes {
		eventually(w, shim.Name+": "+what, func() bool {
			allowed, warnings, err := shim.Review(namespace, open(image))
			return err == nil && isSo(allowed, strings.Join(warnings, "\n"))
		})
	}
}

// expectObjects waits until each verifier has so many objects of policy.sigstore.dev, and no fault in any.
func (w *walk) expectObjects(count float64) {
	w.Helper()
	for _, verifier := range world.Verifiers {
		eventually(w, verifier.Name+" tells of its policies", func() bool {
			objects, err := verifier.Metric("countersign_sigstore_policy_objects")
			return err == nil && objects == count
		})
		if broken, err := verifier.Metric("countersign_sigstore_policy_broken_objects"); err != nil || broken != 0 {
			w.Errorf("%s: %v broken objects (%v)", verifier.Name, broken, err)
		}
	}
}

// verdicts are those that verifiers have counted, of all reasons.
func (w *walk) verdicts() (count float64) {
	w.Helper()
	for _, verifier := range world.Verifiers {
		some, err := verifier.Metric("countersign_verdicts_total")
		if err != nil {
			w.Fatal(err)
		}
		count += some
	}
	return count
}

// decidesTheSame expects what no step may change: who is admitted, and who is not, with these words.
func (w *walk) decidesTheSame(says ...string) {
	w.Helper()
	for _, image := range []string{walkSigned, walkNested} {
		mustNotSay(w, w.admits(image), "Warning")
	}
	w.refuses(walkUnsigned, says...)
	w.refuses(unmatchedSigned)
}

// The way from a policy of Sign to those of policy.sigstore.dev, by the document; and back. Nothing is unguarded on it.
func TestTheWayFromSignToPoliciesOfThePolicyController(t *testing.T) {
	w := newWalk(t)
	for image, push := range map[string]func() error{
		walkSigned:   func() error { return pushImage(walkSigned, &world.Cosign2, world.Key2) },
		walkNested:   func() error { return pushImage(walkNested, &world.Cosign3, world.Key3) },
		walkUnsigned: func() error { return pushImage(walkUnsigned, nil, world.Key2) }} {
		if err := push(); err != nil {
			t.Fatalf("%s: %v", image, err)
		}
	}
	t.Cleanup(w.tidy)
	sign := basePolicy()
	sign.images = []any{rule(world.Open.Host+"/walk/*", "release-2"), rule(world.Open.Host+"/walk/nested/*", "release-3")}
	sign.enforce(t)
	w.decidesTheSame(notSigned(open(walkUnsigned)))

	w.run(w.documented("kubectl get clusterimagepolicies.signing"))
	w.run(w.documented("countersign migrate"))
	w.warn()
	w.enforce()
	w.removeSign()
	w.back()
}

// warn applies what was written with `mode: warn`.
func (w *walk) warn() {
	w.Helper()
	var warning []cluster.Object
	for _, object := range w.read("policies.yaml") {
		switch cluster.Text(object, "kind") {
		case "PolicyOptions":
			continue
		case "ClusterImagePolicy":
			specOf(object)["mode"] = "warn"
			delete(object["metadata"].(cluster.Object), "annotations")
		}
		warning = append(warning, object)
	}
	w.write("warning.yaml", warning)
	w.run(w.documented("kubectl create namespace") + " || kubectl get namespace " + keysNamespace)
	w.run("kubectl apply -f warning.yaml")
	label := w.documented("kubectl label namespace " + shop + " ")
	w.run(label)

	// Where patterns overlap each policy speaks for itself; nothing else is a difference.
	before := w.verdicts()
	w.await("warns of what the group would admit", shop, walkNested, func(allowed bool, warnings string) bool {
		return allowed && strings.Contains(warnings, "failed policy: image-policy-0: ")
	})
	mustSay(w, w.admits(walkNested), "Warning: failed policy: image-policy-0: spec.containers[0].image")
	mustNotSay(w, w.admits(walkSigned), "Warning")
	said := w.refuses(walkUnsigned, notSigned(open(walkUnsigned)), "Warning: failed policy: image-policy-0: ")
	mustNotSay(w, said, "validation failed: ")
	if after := w.verdicts(); after <= before {
		w.Errorf("no verdicts are counted: %v, then %v", before, after)
	}
	w.expectObjects(2)
}

// enforce applies what was written as it is.
func (w *walk) enforce() {
	w.Helper()
	w.run("kubectl apply -f policies.yaml")
	for _, name := range []string{"image-policy-0", "image-policy-1"} {
		awaitReady(w.T, name, "true")
	}
	w.expectObjects(4)
	w.await("has the group", shop, walkNested, func(allowed bool, warnings string) bool { return allowed && warnings == "" })
	w.decidesTheSame(notSigned(open(walkUnsigned)), "validation failed: failed policy: image-policy-0: ")
}

// removeSign takes away the policy of Sign.
func (w *walk) removeSign() {
	w.Helper()
	w.await("has both", w.unlabelled, walkUnsigned, func(allowed bool, _ string) bool { return !allowed })
	w.run(w.documented("kubectl get clusterimagepolicies.signing"))
	w.run(w.documented("kubectl delete clusterimagepolicies.signing"))
	w.await("has no policy of Sign", w.unlabelled, walkUnsigned, func(allowed bool, warnings string) bool {
		return allowed && strings.Contains(warnings, `"image-policy" not found`)
	})
	w.decidesTheSame("validation failed: failed policy: image-policy-0: ")
	mustNotSay(w, w.refuses(walkUnsigned), notSigned(open(walkUnsigned)))
}

// back makes a policy of Sign of the others, and takes those away.
func (w *walk) back() {
	w.Helper()
	w.run("countersign migrate policies.yaml --for=sign > back.yaml")
	w.run("kubectl apply -f back.yaml")
	w.await("has a policy of Sign again", w.unlabelled, walkUnsigned, func(allowed bool, _ string) bool { return !allowed })
	w.decidesTheSame(notSigned(open(walkUnsigned)), "validation failed: failed policy: image-policy-0: ")
	// Without policies everything would be denied where they are asked for.
	w.run("kubectl label namespace " + shop + " " + includeLabel + "-")
	w.run("kubectl delete -f policies.yaml")
	w.expectObjects(0)
	w.await("asks only Sign's", shop, walkSigned, func(allowed bool, warnings string) bool { return allowed && warnings == "" })
	mustNotSay(w, w.refuses(walkUnsigned, notSigned(open(walkUnsigned))), "validation failed: ")
	w.decidesTheSame(notSigned(open(walkUnsigned)))
	// What was saved in between is the policy that there was.
	saved := w.read("image-policy.yaml")
	if len(saved) != 1 || cluster.Text(saved[0], "metadata", "name") != "image-policy" {
		w.Errorf("saved are %v", saved)
	}
}

// tidy leaves nothing of it, however far it came.
func (w *walk) tidy() {
	world.Kubectl(shop, "", "label", "namespace", shop, includeLabel+"-")
	for _, path := range []string{sigstorePoliciesPath + "image-policy-0", sigstorePoliciesPath + "image-policy-1",
		"/apis/policy.countersign.dev/v1alpha1/policyoptions/image-policy-0",
		"/apis/policy.countersign.dev/v1alpha1/policyoptions/image-policy-1",
		"/api/v1/namespaces/" + keysNamespace + "/configmaps/config-policy-controller"} {
		if err := world.Admin.Delete(path); err != nil {
			w.Error(err)
		}
	}
	basePolicy().enforce(w)
}
