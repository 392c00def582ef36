// Package registry runs Debian's docker-registry and fills it with images.
package registry

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"countersign.dev/e2e/kubernetes/certificates"
	"countersign.dev/e2e/kubernetes/process"
)

// Registry is a docker-registry with TLS. Several may serve one storage.
type Registry struct {
	Host    string // what image names begin with
	Process *process.Process

	directory, config, htpasswd string
	client                      *http.Client
}

// Start serves storage at a free port. With users (name to password), only to them.
func Start(directory, storage string, authority *certificates.Authority, pair certificates.Pair,
	users map[string]string) (*Registry, error) {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, err
	}
	host, err := process.FreeAddress()
	if err != nil {
		return nil, err
	}
	config := map[string]any{
		"version": "0.1",
		"log":     map[string]any{"level": "warn", "accesslog": map[string]any{"disabled": true}},
		"storage": map[string]any{"filesystem": map[string]any{"rootdirectory": storage}},
		"http": map[string]any{"addr": host, "secret": "test-only",
			"tls": map[string]any{"certificate": pair.Certificate, "key": pair.Key}},
	}
	registry := &Registry{Host: host, directory: directory,
		config: filepath.Join(directory, "config.yml"), htpasswd: filepath.Join(directory, "htpasswd"),
		client: &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: authority.Pool()}}}}
	if users != nil {
		config["auth"] = map[string]any{
			"htpasswd": map[string]any{"realm": "test", "path": registry.htpasswd}}
		if err := registry.SetUsers(users); err != nil {
			return nil, err
		}
	}
	content, err := json.Marshal(config) // YAML is a superset of JSON
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(registry.config, content, 0o644); err != nil {
		return nil, err
	}
	return registry, registry.Resume()
}

// SetUsers replaces who is let in. It holds from the next start on.
func (r *Registry) SetUsers(users map[string]string) error {
	var lines strings.Builder
	for name, password := range users {
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%s:%s\n", name, hash)
	}
	return os.WriteFile(r.htpasswd, []byte(lines.String()), 0o644)
}

// Resume starts it again, at the same address, after Kill of its Process.
func (r *Registry) Resume() (err error) {
	r.Process, err = process.Start("docker-registry", r.directory,
		[]string{"docker-registry", "serve", r.config})
	if err != nil {
		return err
	}
	return r.Process.WaitUntil("listening", func() bool { return process.Accepts(r.Host) })
}

// Push stores an image that nobody else has and returns its digest. `name` is REPOSITORY:TAG.
func (r *Registry) Push(name string) (digest string, err error) {
	repository, tag, _ := strings.Cut(name, ":")
	layer := []byte("a layer of " + name)
	config := []byte(`{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers",` +
		`"diff_ids":["` + sum(layer) + `"]}}`)
	for _, blob := range [][]byte{layer, config} {
		if err := r.pushBlob(repository, blob); err != nil {
			return "", err
		}
	}
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2,
		"mediaType":     "application/vnd.oci.image.manifest.v1+json",
		"config":        descriptor("application/vnd.oci.image.config.v1+json", config),
		"layers":        []any{descriptor("application/vnd.oci.image.layer.v1.tar", layer)},
		"annotations":   map[string]string{"name": name},
	})
	if err != nil {
		return "", err
	}
	_, err = r.send("PUT", "/v2/"+repository+"/manifests/"+tag,
		"application/vnd.oci.image.manifest.v1+json", manifest)
	return sum(manifest), err
}

// Digest is that of REPOSITORY:TAG.
func (r *Registry) Digest(name string) (string, error) {
	repository, tag, _ := strings.Cut(name, ":")
	request, err := http.NewRequest("HEAD", "https://"+r.Host+"/v2/"+repository+"/manifests/"+tag, nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Accept", "application/vnd.oci.image.manifest.v1+json")
	response, err := r.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", name, response.Status)
	}
	return response.Header.Get("Docker-Content-Digest"), nil
}

func (r *Registry) pushBlob(repository string, blob []byte) error {
	upload, err := r.send("POST", "/v2/"+repository+"/blobs/uploads/", "", nil)
	if err != nil {
		return err
	}
	separator := "?"
	if strings.Contains(upload, "?") {
		separator = "&"
	}
	_, err = r.send("PUT", upload+separator+"digest="+sum(blob), "application/octet-stream", blob)
	return err
}

// send returns the Location that was answered.
func (r *Registry) send(method, url, mediaType string, body []byte) (string, error) {
	if strings.HasPrefix(url, "/") {
		url = "https://" + r.Host + url
	}
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	response, err := r.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	if response.StatusCode >= 300 {
		return "", fmt.Errorf("%s %s: %s: %s", method, url, response.Status, answer)
	}
	return response.Header.Get("Location"), nil
}

func descriptor(mediaType string, content []byte) map[string]any {
	return map[string]any{"mediaType": mediaType, "digest": sum(content), "size": len(content)}
}

func sum(content []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(content)) }
