package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/countersign"
)

// Each test has a namespace of its own, so that nothing is remembered from another.
var credentialNamespaces int

func newNamespace(t *testing.T) string {
	t.Helper()
	credentialNamespaces++
	name := fmt.Sprintf("credentials-%d", credentialNamespaces)
	if err := world.EnsureNamespace(name); err != nil {
		t.Fatal(err)
	}
	return name
}

func writeSecret(t *testing.T, namespace, name, user, password string) {
	t.Helper()
	config, err := json.Marshal(cluster.Object{"auths": cluster.Object{
		world.Protected.Host: cluster.Object{"username": user, "password": password}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = world.Admin.Apply("/api/v1/namespaces/"+namespace+"/secrets/"+name, cluster.Object{
		"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
		"metadata": cluster.Object{"name": name}, "stringData": cluster.Object{".dockerconfigjson": string(config)}})
	if err != nil {
		t.Fatal(err)
	}
}

func setAccountSecrets(t *testing.T, namespace, account string, secrets ...string) {
	t.Helper()
	_, err := world.Admin.Do("PATCH", "/api/v1/namespaces/"+namespace+"/serviceaccounts/"+account,
		"application/merge-patch+json", cluster.Object{"imagePullSecrets": references(secrets)})
	if err != nil {
		t.Fatal(err)
	}
}

func references(secrets []string) []any {
	list := []any{}
	for _, secret := range secrets {
		list = append(list, cluster.Object{"name": secret})
	}
	return list
}

// source puts a credential where the verifier finds it for a pod that newPod makes.
type source struct {
	name string
	user string
	put  func(t *testing.T, namespace, user, password string)
}

const clusterAccount = "image-policy-registry-credentials"

var sources = []source{
	{"imagePullSecrets of the pod", "pod", func(t *testing.T, namespace, user, password string) {
		writeSecret(t, namespace, "of-pod", user, password)
	}},
	{"imagePullSecrets of the service account", "account", func(t *testing.T, namespace, user, password string) {
		writeSecret(t, namespace, "of-account", user, password)
		setAccountSecrets(t, namespace, "default", "of-account")
	}},
	{"secretRef of the pattern", "policy", func(t *testing.T, namespace, user, password string) {
		writeSecret(t, namespace, "of-policy", user, password)
		policy := basePolicy()
		policy.images = append(policy.images,
			withSecret(rule(world.Protected.Host+"/shop/*", "release-2"), namespace, "of-policy"))
		policy.enforce(t)
	}},
	{"service account " + clusterAccount, "cluster", func(t *testing.T, namespace, user, password string) {
		writeSecret(t, countersign.Namespace, "of-cluster-"+namespace, user, password)
		setAccountSecrets(t, countersign.Namespace, clusterAccount, "of-cluster-"+namespace)
		t.Cleanup(func() {
			setAccountSecrets(t, countersign.Namespace, clusterAccount)
			// The verifiers remember it for some minutes; let that be good for nothing.
			users[user] += "-changed"
			restartProtected(t, users)
		})
	}},
}

func newPod(name, image string) cluster.Object {
	pod := workload("Pod", name, image)
	pod["spec"].(cluster.Object)["imagePullSecrets"] = references([]string{"of-pod"})
	return pod
}

func TestEachSourceOfCredentialsServesAlone(t *testing.T) {
	for _, s := range sources {
		t.Run(s.name, func(t *testing.T) {
			basePolicy().enforce(t)
			namespace := newNamespace(t)
			mustRefuse(t, namespace, newPod("before", protected(signed2)), notSigned(protected(signed2)))
			s.put(t, namespace, s.user, users[s.user])
			awaitAdmission(t, namespace, newPod("after", protected(signed2)))
			mustRefuse(t, namespace, newPod("unsigned", protected(unsigned)), notSigned(protected(unsigned)))
		})
	}
}

func TestAStaleCredentialDoesNotHideALaterGoodOne(t *testing.T) {
	for n, s := range sources[1:] {
		t.Run(s.name, func(t *testing.T) {
			basePolicy().enforce(t)
			namespace := newNamespace(t)
			for _, before := range sources[:n+1] {
				before.put(t, namespace, before.user, "stale")
			}
			s.put(t, namespace, s.user, users[s.user])
			awaitAdmission(t, namespace, newPod("after", protected(signed2)))
		})
	}
}

func TestARotatedPullSecretHoldsAtOnce(t *testing.T) {
	basePolicy().enforce(t)
	namespace := newNamespace(t)
	writeSecret(t, namespace, "of-pod", "pod", users["pod"])
	awaitAdmission(t, namespace, newPod("first", protected(signed2)))

	rotated := maps.Clone(users)
	rotated["pod"] += "-rotated"
	restartProtected(t, rotated)
	t.Cleanup(func() { restartProtected(t, users) })
	mustRefuse(t, namespace, newPod("stale", protected(signed3)), notSigned(protected(signed3)))
	writeSecret(t, namespace, "of-pod", "pod", rotated["pod"])
	// What the verifiers remember is refused by the registry, so they read the Secret again.
	mustApply(t, namespace, newPod("rotated", protected(signed3)))
}

func restartProtected(t *testing.T, users map[string]string) {
	world.Protected.Process.Kill()
	if err := world.Protected.SetUsers(users); err != nil {
		t.Fatal(err)
	}
	if err := world.Protected.Resume(); err != nil {
		t.Fatal(err)
	}
}

// awaitAdmission creates the pod; what a verifier remembers of service accounts may be a moment old.
func awaitAdmission(t *testing.T, namespace string, pod cluster.Object) {
	t.Helper()
	eventually(t, "the pod is admitted", func() bool {
		_, ok := world.Kubectl(namespace, cluster.YAML(pod), "apply", "-f", "-")
		return ok
	})
}
