package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"countersign.dev/e2e/kubernetes/certificates"
	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/process"
)

// A chart with what the Policy Controller's has that is in the way: definitions that convert by a webhook, and a
// webhook for policies, neither of which is answered by anybody; and settings, which are to stay.
const policyControllerTemplates = `
{{- range $plural, $kind := dict "clusterimagepolicies" "ClusterImagePolicy" "trustroots" "TrustRoot" }}
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: {{ $plural }}.policy.sigstore.dev
spec:
  group: policy.sigstore.dev
  scope: Cluster
  names: {kind: {{ $kind }}, plural: {{ $plural }}, singular: {{ lower $kind }}}
  {{- if eq $kind "ClusterImagePolicy" }}
  conversion:
    strategy: Webhook
    webhook:
      conversionReviewVersions: [v1beta1, v1alpha1]
      clientConfig: {service: {name: webhook, namespace: {{ $.Release.Namespace }}}}
  {{- end }}
  versions:
    {{- range ternary (list "v1alpha1" "v1beta1") (list "v1alpha1") (eq $kind "ClusterImagePolicy") }}
    - name: {{ . }}
      served: true
      storage: {{ eq . "v1alpha1" }}
      subresources: {status: {}}
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    {{- end }}
---
{{- end }}
{{- if .Values.guarded }}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: validating.clusterimagepolicy.sigstore.dev
webhooks:
  - name: validating.clusterimagepolicy.sigstore.dev
    admissionReviewVersions: [v1]
    clientConfig: {service: {name: webhook, namespace: {{ .Release.Namespace }}}}
    failurePolicy: Fail
    sideEffects: None
    rules: [{apiGroups: [policy.sigstore.dev], apiVersions: ["*"], resources: ["*"], operations: ["*"]}]
---
{{- end }}
apiVersion: v1
kind: Service
metadata: {name: webhook, namespace: {{ .Release.Namespace }}}
spec: {ports: [{port: 443}], selector: {role: webhook}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: policy-controller-webhook, namespace: {{ .Release.Namespace }}}
spec:
  selector: {matchLabels: {role: webhook}}
  template: {metadata: {labels: {role: webhook}}, spec: {containers: [{name: webhook, image: registry.test/x}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: config-policy-controller, namespace: {{ .Release.Namespace }}}
data: {no-match-policy: warn}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: policy-controller-webhook
rules: []
`

const sigstorePath = "/apis/policy.sigstore.dev/"

// moving is a cluster in which the Policy Controller gives way to Countersign.
type moving struct {
	*cluster.Cluster
	*testing.T
	folder string // that commands are run in
}

// The commands of docs/moving-from-policy-controller.md, as they stand there, leave every policy as it is.
func TestTheWayFromThePolicyControllerKeepsThePolicies(t *testing.T) {
	m := newMoving(t)
	defer m.Stop()
	m.installPolicyController()
	policies := githubObjects(t)
	for _, object := range policies {
		object["metadata"].(cluster.Object)["finalizers"] = []any{resourceOf(object) + ".policy.sigstore.dev"}
		if _, err := m.Admin.Create(sigstorePath+"v1alpha1/"+resourceOf(object), object); err != nil {
			t.Fatal(err)
		}
	}
	m.helm("upgrade", "policy-controller", "policy-controller", "--namespace=cosign-system", "--set=guarded=true")

	output, ok := m.Helm("install", "countersign", *chart)
	if ok || !strings.Contains(output, "invalid ownership metadata") {
		t.Error("installed over the definitions of the Policy Controller: ", output)
	}
	// Nobody answers this one either; what is said of a policy must not keep its finalizer from being taken away.
	m.helm("install", "countersign", *chart,
		"--set=policyController.crds=existing,webhook.validation.failurePolicy=Fail")

	m.run("### 4. ")
	for _, path := range []string{"/apis/apps/v1/namespaces/cosign-system/deployments/policy-controller-webhook",
		"/api/v1/namespaces/cosign-system/services/webhook",
		"/apis/rbac.authorization.k8s.io/v1/clusterroles/policy-controller-webhook"} {
		if _, err := m.Admin.Get(path); err == nil {
			t.Error("is still there: ", path)
		}
	}
	if _, err := m.Admin.Get("/api/v1/namespaces/cosign-system/configmaps/config-policy-controller"); err != nil {
		t.Error(err)
	}
	m.run("### 5. ")
	for _, object := range policies {
		m.expect(object, "v1alpha1")
		if resourceOf(object) == "clusterimagepolicies" {
			m.expect(object, "v1beta1")
		}
		m.delete(object)
	}
}

// What its author wrote into a policy is there in each version, also what the definitions do not know.
func TestDefinitionsKeepWhatIsWritten(t *testing.T) {
	m := newMoving(t)
	defer m.Stop()
	m.helm("install", "countersign", *chart, "--set=webhook.validation.enabled=false")
	for _, object := range githubObjects(t) {
		spec := object["spec"].(cluster.Object)
		spec["misspelt"] = cluster.Object{"a": []any{"b"}}
		versions := []string{"v1alpha1"}
		if authorities, ok := spec["authorities"].([]any); ok {
			versions = append(versions, "v1beta1")
			// What the Policy Controller's conversion drops.
			authorities[0].(cluster.Object)["ctlog"] = cluster.Object{"trustRootRef": "corp"}
		}
		for _, version := range versions {
			object["apiVersion"] = "policy.sigstore.dev/" + version
			if _, err := m.Admin.Create(sigstorePath+version+"/"+resourceOf(object), object); err != nil {
				t.Fatal(err)
			}
			for _, read := range versions {
				m.expect(object, read)
			}
			m.delete(object)
		}
	}
	for member, value := range map[string]any{"threshold": 0, "platforms": "all", "pinning": "off",
		"effectiveFrom": "soon"} {
		_, err := m.Admin.Create("/apis/policy.countersign.dev/v1alpha1/policyoptions", cluster.Object{
			"apiVersion": "policy.countersign.dev/v1alpha1", "kind": "PolicyOptions",
			"metadata": cluster.Object{"name": "options"}, "spec": cluster.Object{member: value}})
		if err == nil || !strings.Contains(err.Error(), "spec."+member) {
			t.Errorf("%s: %v is not refused: %v", member, value, err)
		}
	}
}

func newMoving(t *testing.T) *moving {
	t.Helper()
	directory := filepath.Join(world.directory, t.Name())
	authority, err := certificates.NewAuthority(filepath.Join(directory, "authority"), "moving")
	if err != nil {
		t.Fatal(err)
	}
	c, err := cluster.Start(filepath.Join(directory, "cluster"), *tools, authority)
	m := &moving{c, t, filepath.Join(directory, "commands")}
	if err == nil {
		err = os.MkdirAll(m.folder, 0o755)
	}
	if err != nil {
		c.Stop()
		t.Fatal(err)
	}
	return m
}

func (m *moving) installPolicyController() {
	m.Helper()
	folder := filepath.Join(m.folder, "policy-controller")
	if err := os.MkdirAll(filepath.Join(folder, "templates"), 0o755); err != nil {
		m.Fatal(err)
	}
	for name, content := range map[string]string{"templates/all.yaml": policyControllerTemplates,
		"Chart.yaml": "apiVersion: v2\nname: policy-controller\nversion: 0.1.0\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			m.Fatal(err)
		}
	}
	m.helm("install", "policy-controller", "policy-controller", "--namespace=cosign-system", "--create-namespace")
}

// helm runs it with *chart, or a chart of m.folder.
func (m *moving) helm(command, release, from string, more ...string) {
	m.Helper()
	if from != *chart {
		from = filepath.Join(m.folder, from)
	}
	if output, ok := m.Helm(append([]string{command, release, from}, more...)...); !ok {
		m.Fatal(output)
	}
}

// run runs the commands of a section of the document.
func (m *moving) run(heading string) {
	m.Helper()
	document, err := os.ReadFile(filepath.Join(*chart, "..", "..", "docs", "moving-from-policy-controller.md"))
	if err != nil {
		m.Fatal(err)
	}
	_, section, found := strings.Cut(string(document), "\n"+heading)
	if next := regexp.MustCompile(`(?m)^##`).FindStringIndex(section); next != nil {
		section = section[:next[0]]
	}
	script := "set -euo pipefail\n"
	for _, line := range strings.Split(section, "\n") {
		if command, ok := strings.CutPrefix(line, "    "); ok {
			script += command + "\n"
		}
	}
	deploy, err := filepath.Abs(filepath.Join(*chart, ".."))
	if !found || err != nil || strings.Count(script, "\n") < 2 {
		m.Fatalf("no commands under %q (%v)", heading, err)
	}
	script = fmt.Sprintf("cd %q\nln -sfn %q deploy\n", m.folder, deploy) + script
	stdout, stderr, err := process.Run([]byte(script), []string{"PATH=" + *tools + ":/usr/bin:/bin", "HOME=" + m.Directory,
		"KUBECONFIG=" + m.Kubeconfig}, "/bin/bash")
	if err != nil {
		m.Fatalf("%s: %v\n%s%s", heading, err, stdout, stderr)
	}
}

// expect compares what is stored with what was written.
func (m *moving) expect(object cluster.Object, version string) {
	m.Helper()
	stored, err := m.Admin.Get(pathOf(object, version))
	if err != nil {
		m.Error(err)
	} else if !reflect.DeepEqual(stored["spec"], object["spec"]) {
		m.Errorf("in %s: %v", version, stored["spec"])
	}
}

// delete removes an object, which must not hang.
func (m *moving) delete(object cluster.Object) {
	m.Helper()
	path := pathOf(object, "v1alpha1")
	if err := m.Admin.Delete(path); err != nil {
		m.Error(err)
	}
	if _, err := m.Admin.Get(path); err == nil {
		m.Error("is deleted and still there: ", path)
	}
}

func resourceOf(object cluster.Object) string {
	if cluster.Text(object, "kind") == "TrustRoot" {
		return "trustroots"
	}
	return "clusterimagepolicies"
}

func pathOf(object cluster.Object, version string) string {
	return sigstorePath + version + "/" + resourceOf(object) + "/" + cluster.Text(object, "metadata", "name")
}

// githubObjects are those of testdata/policy_controller/github that can be there at the same time.
func githubObjects(t *testing.T) []cluster.Object {
	t.Helper()
	var objects []cluster.Object
	for _, name := range []string{"policy.yaml", "exempt_policy.yaml", "trust_root.yaml"} {
		text, err := os.ReadFile(filepath.Join(*chart, "..", "..", "testdata", "policy_controller", "github", name))
		if err != nil {
			t.Fatal(err)
		}
		documents, err := cluster.Documents(string(text))
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, documents...)
	}
	return objects
}
