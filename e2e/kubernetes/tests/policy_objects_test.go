package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/countersign"
	"countersign.dev/e2e/kubernetes/process"
)

const (
	policiesPath = "/apis/signing.apps.tanzu.vmware.com/v1beta1/clusterimagepolicies"
	policyPath   = policiesPath + "/image-policy"
)

// settleLimit only keeps a test from waiting forever: how long it takes is measured elsewhere.
const settleLimit = time.Minute

// policySpec is what tests vary of a policy.
type policySpec struct {
	keys     map[string]string // PEM by name
	images   []any
	excluded []any
}

func open(name string) string      { return world.Open.Host + "/" + name }
func protected(name string) string { return world.Protected.Host + "/" + name }

func repositoryOf(name string) string {
	repository, _, _ := strings.Cut(name, ":")
	return repository
}

func rule(pattern string, keys ...string) cluster.Object {
	var names []any
	for _, key := range keys {
		names = append(names, cluster.Object{"name": key})
	}
	return cluster.Object{"namePattern": pattern, "keys": names}
}

func withSecret(rule cluster.Object, namespace, name string) cluster.Object {
	rule["secretRef"] = cluster.Object{"namespace": namespace, "name": name}
	return rule
}

// basePolicy lets images under shop/ in, of both registries, if either version of cosign signed them.
func basePolicy() policySpec {
	return policySpec{
		keys: map[string]string{"release-2": world.Key2.Public, "release-3": world.Key3.Public},
		images: []any{rule(world.Open.Host+"/shop/*", "release-2", "release-3"),
			rule(world.Protected.Host+"/shop/*", "release-2", "release-3")},
		excluded: []any{excluded},
	}
}

func (p policySpec) object() cluster.Object {
	var keys []any
	for name, pem := range p.keys {
		keys = append(keys, cluster.Object{"name": name, "publicKey": pem})
	}
	return cluster.Object{"apiVersion": "signing.apps.tanzu.vmware.com/v1beta1", "kind": "ClusterImagePolicy",
		"metadata": cluster.Object{"name": "image-policy"},
		"spec": cluster.Object{"verification": cluster.Object{"keys": keys, "images": p.images,
			"exclude": cluster.Object{"resources": cluster.Object{"namespaces": p.excluded}}}}}
}

var generation int

// write makes it the cluster's policy. What it returns is a namespace that this policy is the first to
// exclude, by which one sees that it is in force.
func (p policySpec) write() (marker string, err error) {
	generation++
	marker = fmt.Sprintf("marker-%d", generation)
	p.excluded = append([]any{marker}, p.excluded...)
	_, err = world.Admin.Apply(policyPath, p.object())
	return marker, err
}

// enforce makes it the policy and waits until every verifier holds to it.
func (p policySpec) enforce(t testing.TB) {
	t.Helper()
	marker, err := p.write()
	if err != nil {
		t.Fatal(err)
	}
	settle(t, marker, world.Probes...)
}

// settle waits until each of the shims admits what only the awaited policy admits.
func settle(t testing.TB, marker string, shims ...*countersign.Shim) {
	t.Helper()
	for _, shim := range shims {
		eventually(t, shim.Name+" holds to the policy", func() bool {
			allowed, warnings, err := shim.Review(marker, "unmatched.test/x")
			return err == nil && allowed && len(warnings) == 0 // without a policy, there is one
		})
	}
}

// removePolicy takes the policy away and waits until every verifier knows.
func removePolicy(t testing.TB) {
	t.Helper()
	if err := world.Admin.Delete(policyPath); err != nil {
		t.Fatal(err)
	}
	for _, shim := range world.Probes {
		eventually(t, shim.Name+" has no policy", func() bool {
			allowed, warnings, err := shim.Review(shop, "unmatched.test/x")
			return err == nil && allowed && strings.Contains(strings.Join(warnings, ""), "not found")
		})
	}
}

func eventually(t testing.TB, what string, isTrue func() bool) {
	t.Helper()
	until(t, settleLimit, what, isTrue)
}

func until(t testing.TB, limit time.Duration, what string, isTrue func() bool) {
	t.Helper()
	if !process.Until(limit, isTrue) {
		t.Fatalf("not within %v: %s", limit, what)
	}
}
