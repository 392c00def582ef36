package tests

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"countersign.dev/e2e/kubernetes/certificates"
	"countersign.dev/e2e/kubernetes/cluster"
)

// mutators is a server of somebody else's mutating webhooks, each at the path of its name.
type mutators struct {
	authority *certificates.Authority
	address   string

	mutex sync.Mutex
	patch map[string]func(pod cluster.Object) (patch []any)
}

func startMutators(t *testing.T) *mutators {
	authority, err := certificates.NewAuthority(filepath.Join(t.TempDir(), "mutators"), "mutators")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue("mutators")
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := tls.LoadX509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mutators{authority: authority, address: listener.Addr().String(),
		patch: map[string]func(cluster.Object) []any{}}
	server := &http.Server{Handler: m, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}}
	go server.ServeTLS(listener, "", "")
	t.Cleanup(func() { server.Close() })
	return m
}

// set has the webhook name patch pods so, from now on.
func (m *mutators) set(name string, patch func(pod cluster.Object) []any) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.patch[name] = patch
}

func (m *mutators) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	var review cluster.Object
	if err := json.NewDecoder(request.Body).Decode(&review); err != nil {
		http.Error(writer, err.Error(), http.StatusBadRequest)
		return
	}
	pod, _ := cluster.At(review, "request", "object").(cluster.Object)
	m.mutex.Lock()
	patch := m.patch[request.URL.Path[1:]]
	m.mutex.Unlock()
	response := cluster.Object{"uid": cluster.Text(review, "request", "uid"), "allowed": true}
	if patch != nil {
		if operations := patch(pod); len(operations) > 0 {
			encoded, _ := json.Marshal(operations)
			response["patchType"], response["patch"] = "JSONPatch", base64.StdEncoding.EncodeToString(encoded)
		}
	}
	writer.Header().Set("Content-Type", "application/json")
	json.NewEncoder(writer).Encode(cluster.Object{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
		"response": response})
}

// install has the API server ask about pods that are labelled with app=app, in a configuration of this
// name, which says when it is called.
func (m *mutators) install(t *testing.T, name, app string) {
	t.Helper()
	path := "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/" + name
	url := "https://" + m.address + "/" + name
	_, err := world.Admin.Apply(path, cluster.Object{
		"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
		"metadata": cluster.Object{"name": name},
		"webhooks": []any{cluster.Object{
			"name": name + ".example.org", "admissionReviewVersions": []any{"v1"}, "sideEffects": "None",
			"reinvocationPolicy": "IfNeeded", "failurePolicy": "Fail",
			"clientConfig":   cluster.Object{"url": url, "caBundle": base64.StdEncoding.EncodeToString(m.authority.PEM)},
			"objectSelector": cluster.Object{"matchLabels": cluster.Object{"app": app}},
			"rules": []any{cluster.Object{"apiGroups": []any{""}, "apiVersions": []any{"v1"},
				"operations": []any{"CREATE"}, "resources": []any{"pods"}}},
		}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Admin.Delete(path); err != nil {
			t.Error(err)
		}
	})
}

func containersOf(pod cluster.Object) []any {
	containers, _ := cluster.At(pod, "spec", "containers").([]any)
	return containers
}

// addSidecar patches a container of that image into pods that have only one.
func addSidecar(image string) func(cluster.Object) []any {
	return func(pod cluster.Object) []any {
		if len(containersOf(pod)) != 1 {
			return nil
		}
		return []any{cluster.Object{"op": "add", "path": "/spec/containers/-",
			"value": cluster.Object{"name": "sidecar", "image": image}}}
	}
}

func setImage(image string) []any {
	return []any{cluster.Object{"op": "replace", "path": "/spec/containers/0/image", "value": image}}
}
