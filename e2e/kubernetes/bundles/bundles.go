// Package bundles has Sigstore bundles that others have made, changes them, and asks Sigstore's library for Go about
// them.
package bundles

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"countersign.dev/e2e/kubernetes/process"
)

// Bundle is one, and what it proves.
type Bundle struct {
	Name     string
	Content  []byte
	Root     string // file of the trusted root by which it is judged
	Public   bool   // whether that is the root of Sigstore's public instance
	Artifact string // digest of what is signed, ALGORITHM:HEX
	Subject  string // who signed: an identity,
	Issuer   string // for which this issuer vouched,
	Key      string // or the holder of the public key in this file
}

// The modules, all pinned by go.mod, that have some among their own test data.
const (
	cosign   = "github.com/sigstore/cosign/v3"
	library  = "github.com/sigstore/sigstore-go"
	protobuf = "github.com/sigstore/protobuf-specs"
)

// Modules is the folder of each of them.
type Modules map[string]string

// FindModules asks `go`, which fetches what is not in the module cache.
func FindModules(goCommand string) (Modules, error) {
	stdout, stderr, err := process.Run(nil, os.Environ(), goCommand, "mod", "download", "-json", cosign, library, protobuf)
	if err != nil {
		return nil, fmt.Errorf("%s mod download: %w: %s%s", goCommand, err, stdout, stderr)
	}
	modules := Modules{}
	for decoder := json.NewDecoder(strings.NewReader(stdout)); ; {
		var module struct{ Path, Dir string }
		if err := decoder.Decode(&module); errors.Is(err, io.EOF) {
			return modules, nil
		} else if err != nil {
			return nil, err
		}
		modules[module.Path] = module.Dir
	}
}

// path is that of a file of a module.
func (m Modules) path(module, file string) string {
	return filepath.Join(m[module], filepath.FromSlash(file))
}

func (m Modules) publicRoot() string {
	return m.path(library, "pkg/testing/data/trusted-roots/public-good.json")
}

// OtherRoot trusts nobody whom the public root trusts.
func (m Modules) OtherRoot() string {
	return m.path(library, "pkg/testing/data/trusted-roots/scaffolding.json")
}

// read completes the bundle by what is in a file of the module, and by the public root if it has no other.
func (m Modules) read(module, file string, bundle Bundle) (Bundle, error) {
	content, err := os.ReadFile(m.path(module, file))
	if bundle.Root == "" {
		bundle.Root, bundle.Public = m.publicRoot(), true
	}
	bundle.Content = content
	return bundle, err
}

const (
	workflow      = "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main"
	gitHubActions = "https://token.actions.githubusercontent.com"
	gitHubLogin   = "https://github.com/login/oauth"
	npmPackage    = "sha512:76176ffa33808b54602c7c35de5c6e9a4deb96066dba6533f50ac234f4f1f4c6b3527515dc17c06fbe2860030f410eee" +
		"69ea20079bd3a2c6f3dcf3b329b10751"
)

// Provenance is of a package of npm, by the workflow that built it: version 0.1, with promise and proof.
func (m Modules) Provenance() (Bundle, error) {
	return m.read(library, "pkg/testing/data/bundles/sigstore.js@2.0.0-provenance.sigstore.json", Bundle{
		Name: "provenance of an npm package", Subject: workflow, Issuer: gitHubActions,
		Artifact: "sha512:46d4e2f74c4877316640000a6fdf8a8b59f1e0847667973e9859f774dd31b8f1e0937813b777fb66a2ac67d50540fe34" +
			"640966eee9fc2ccca387082b4c85cd3c"})
}

// Publication is what npm says of a package, by its key: version 0.1, with a promise alone.
func (m Modules) Publication() (Bundle, error) {
	return m.read(library, "examples/bundle-publish.json", Bundle{Name: "publication of an npm package",
		Artifact: npmPackage, Key: m.path(library, "examples/publish_key.pub")})
}

// Blob is of a file, by a person: version 0.2.
func (m Modules) Blob() (Bundle, error) {
	return m.read(protobuf, "gen/pb-rust/sigstore-protobuf-specs/assets/a.txt.sigstore", Bundle{Name: "a signed file",
		Subject: "a@tny.town", Issuer: gitHubLogin,
		Artifact: "sha256:632579b5183d418ff3dc443994fd35e0e1a2a6ce89a1ee22fdca577f8e8bc9c3"})
}

// BlobFile is the file that Blob is of.
func (m Modules) BlobFile() string {
	return m.path(protobuf, "gen/pb-rust/sigstore-protobuf-specs/assets/a.txt")
}

// Attestation is of an image, by a person: version 0.3.
func (m Modules) Attestation() (Bundle, error) {
	return m.read(cosign, "pkg/cosign/testdata/oci-attestation.sigstore.json", Bundle{Name: "attestation of an image",
		Subject: "cody@soyland.com", Issuer: gitHubLogin,
		Artifact: "sha256:732112270d7e59418a8c080b134b24cabd67d250d0d0147a97ed95ba5c280aa4"})
}

// UserName is by an identity that is neither a URI nor an e-mail address, of an instance of its own: version 0.3.
func (m Modules) UserName() (Bundle, error) {
	return m.read(library, "pkg/testing/data/bundles/othername.sigstore.json", Bundle{Name: "by a user's name",
		Root: m.OtherRoot(), Subject: "foo!oidc.local", Issuer: "http://oidc.local:8080",
		Artifact: "sha256:bc103b4a84971ef6459b294a2b98568a2bfb72cded09d4acd1e16366a401f95b"})
}

// Good are all those that hold.
func (m Modules) Good() ([]Bundle, error) {
	return collect(m.Provenance, m.Publication, m.Blob, m.Attestation, m.UserName)
}

// WithRoot would hold if there were not the root's own certificate in their chains.
func (m Modules) WithRoot() ([]Bundle, error) {
	return collect(
		func() (Bundle, error) {
			return m.read(library, "examples/bundle-provenance.json", Bundle{Name: "provenance with a root",
				Artifact: npmPackage, Subject: workflow, Issuer: gitHubActions})
		},
		func() (Bundle, error) {
			return m.read(library, "pkg/testing/data/bundles/dsse.sigstore.json", Bundle{Name: "by a person with a root",
				Artifact: "sha512:bbfd372fc9beeb777fe35d05bb10c0c70a9733d366a75fed7dd18866c7391de3ee7e88ba74dd47abf3e15c84" +
					"5e547fcf0e5c3da80854c751554224d3a6d4e55f",
				Subject: "brian@dehamer.com", Issuer: gitHubLogin})
		})
}

func collect(readers ...func() (Bundle, error)) ([]Bundle, error) {
	var all []Bundle
	for _, read := range readers {
		bundle, err := read()
		if err != nil {
			return nil, err
		}
		all = append(all, bundle)
	}
	return all, nil
}
