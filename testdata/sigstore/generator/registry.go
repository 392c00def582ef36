package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	cosignremote "github.com/sigstore/cosign/v3/pkg/oci/remote"
)

// testRegistry is a registry on loopback, with an API for referrers or without, which cosign then replaces by a
// tag.
type testRegistry struct {
	api    bool
	server *httptest.Server

	mutex sync.Mutex
	tags  map[string]map[string]string // of each repository
}

func newTestRegistry(api bool) *testRegistry {
	r := &testRegistry{api: api, tags: map[string]map[string]string{}}
	handler := registry.New(registry.WithReferrersSupport(api), registry.Logger(log.New(io.Discard, "", 0)))
	r.server = httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		r.note(request)
		handler.ServeHTTP(answer, request)
	}))
	return r
}

// note remembers which manifest is pushed under which tag.
func (r *testRegistry) note(request *http.Request) {
	before, reference, found := strings.Cut(request.URL.Path, "/manifests/")
	if request.Method != http.MethodPut || !found {
		return
	}
	body := must(io.ReadAll(request.Body))
	request.Body = io.NopCloser(bytes.NewReader(body))
	if strings.Contains(reference, ":") {
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	repository := strings.TrimPrefix(before, "/v2/")
	if r.tags[repository] == nil {
		r.tags[repository] = map[string]string{}
	}
	r.tags[repository][reference] = digestOf(body)
}

func (r *testRegistry) host() string { return strings.TrimPrefix(r.server.URL, "http://") }

// push makes an image that no other is, in a repository of its own.
func (r *testRegistry) push(repository string) name.Digest {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image = must(mutate.Config(image, v1.Config{Labels: map[string]string{"name": repository}}))
	check(remote.Write(must(name.NewTag(r.host()+"/"+repository+":image")), image))
	return must(name.NewDigest(r.host() + "/" + repository + "@" + must(image.Digest()).String()))
}

// attachForeign makes something refer to the image that is no evidence.
func attachForeign(image name.Digest) {
	layer := static.NewLayer([]byte(`{"spdxVersion":"SPDX-2.3","name":"somebody else's"}`), "text/spdx+json")
	check(cosignremote.WriteReferrer(image, "text/spdx+json", []v1.Layer{layer}, nil))
}

// moveAttestations makes what lies under the attestation tag refer to the image, as a library of cosign 3 pushes it,
// and takes the tag away.
func (r *testRegistry) moveAttestations(image name.Digest) {
	check(cosignremote.WriteAttestationsReferrer(image, must(cosignremote.SignedEntity(image))))
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for tag := range r.tags[image.RepositoryStr()] {
		if strings.HasSuffix(tag, ".att") {
			delete(r.tags[image.RepositoryStr()], tag)
		}
	}
}

// contents are all that a repository holds that a tag names, or that refers to the image.
type contents struct {
	Tags      map[string]string `json:"tags"`
	Manifests []string          `json:"manifests"`
	Blobs     []string          `json:"blobs"`
	// The index that the API answers with.
	Referrers string `json:"referrers,omitempty"`
}

func (r *testRegistry) read(image name.Digest) contents {
	repository := image.RepositoryStr()
	found := contents{Tags: r.tags[repository]}
	manifests, blobs := map[string]string{}, map[string]string{}
	var reach func(digest string)
	reach = func(digest string) {
		if _, known := manifests[digest]; known {
			return
		}
		text := r.get(repository, "manifests", digest)
		manifests[digest] = text
		for _, part := range namedBy(text) {
			if part.kind == "blobs" {
				blobs[part.digest] = r.get(repository, "blobs", part.digest)
			} else {
				reach(part.digest)
			}
		}
	}
	for _, digest := range found.Tags {
		reach(digest)
	}
	if r.api {
		found.Referrers = r.get(repository, "referrers", image.DigestStr())
		for _, part := range namedBy(found.Referrers) {
			reach(part.digest)
		}
	}
	for _, digest := range slices.Sorted(maps.Keys(manifests)) {
		found.Manifests = append(found.Manifests, manifests[digest])
	}
	for _, digest := range slices.Sorted(maps.Keys(blobs)) {
		found.Blobs = append(found.Blobs, blobs[digest])
	}
	return found
}

func (r *testRegistry) get(repository, kind, digest string) string {
	request := must(http.NewRequest(http.MethodGet, r.server.URL+path.Join("/v2", repository, kind, digest), nil))
	answer := must(http.DefaultClient.Do(request))
	defer answer.Body.Close()
	body := must(io.ReadAll(answer.Body))
	if answer.StatusCode != http.StatusOK {
		panic(fmt.Sprintf("%s: %s", request.URL, answer.Status))
	}
	return string(body)
}

// part is what a manifest or an index names.
type part struct {
	kind, digest string
}

func namedBy(text string) []part {
	type descriptor struct {
		Digest string `json:"digest"`
	}
	var manifest struct {
		Config    descriptor   `json:"config"`
		Layers    []descriptor `json:"layers"`
		Manifests []descriptor `json:"manifests"`
	}
	check(json.Unmarshal([]byte(text), &manifest))
	var parts []part
	for _, entry := range manifest.Manifests {
		parts = append(parts, part{"manifests", entry.Digest})
	}
	for _, entry := range append(manifest.Layers, manifest.Config) {
		if entry.Digest != "" {
			parts = append(parts, part{"blobs", entry.Digest})
		}
	}
	return parts
}

func digestOf(body []byte) string { return fmt.Sprintf("sha256:%x", sha256Of(body)) }
