package registry

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"countersign.dev/e2e/kubernetes/process"
)

// Cosign is one version of cosign, working offline: no transparency log, no root of trust from afar.
type Cosign struct {
	Program string
	Version int
	CAFile  string // authority of the registry
	Home    string
}

// Key is a key pair that cosign made.
type Key struct {
	Private    string // a file
	PublicFile string
	Public     string // PEM
}

// NewKey makes a key pair whose files begin with directory/name.
func (c Cosign) NewKey(directory, name string) (Key, error) {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return Key{}, err
	}
	prefix := filepath.Join(directory, name)
	if err := c.run("generate-key-pair", "--output-key-prefix", prefix); err != nil {
		return Key{}, err
	}
	public, err := os.ReadFile(prefix + ".pub")
	return Key{Private: prefix + ".key", PublicFile: prefix + ".pub", Public: string(public)}, err
}

// Sign adds a signature in the form that has a tag of its own, sha256-….sig: version 3 makes it when
// it is told to.
func (c Cosign) Sign(key Key, host, repository, digest string) error {
	return c.run(c.signing(key, false, imageName(host, repository, digest), "sign")...)
}

// SignWithBundle adds a signature in the form that version 3 gives it by default: a Sigstore bundle that
// refers to the image.
func (c Cosign) SignWithBundle(key Key, host, repository, digest string) error {
	return c.run(c.signing(key, true, imageName(host, repository, digest), "sign")...)
}

// Attest adds an attestation of a type with the predicate that is in a file: in the form that has a tag of its own,
// sha256-….att, or as a bundle that refers to the image.
func (c Cosign) Attest(key Key, bundled bool, predicateType, predicate, host, repository, digest string) error {
	return c.run(c.signing(key, bundled, imageName(host, repository, digest), "attest", "--type", predicateType,
		"--predicate", predicate)...)
}

func (c Cosign) signing(key Key, bundled bool, image string, command ...string) []string {
	arguments := append(command, "--yes", "--key", key.Private, "--tlog-upload=false",
		fmt.Sprintf("--new-bundle-format=%t", bundled))
	if c.Version >= 3 {
		arguments = append(arguments, "--use-signing-config=false")
	}
	return append(arguments, image)
}

// What cosign says when evidence was looked for, and none holds.
var refusals = []string{"no signatures found", "no matching signatures", "no matching attestations",
	"none of the attestations matched the predicate type"}

// Verify asks whether the key has signed the image, or, with a type, made an attestation of that type about it. The
// trusted root only keeps cosign from fetching one. An error is any other end than yes or no.
func (c Cosign) Verify(key Key, predicateType, trustedRoot, host, repository, digest string) (bool, error) {
	arguments := []string{"verify"}
	if predicateType != "" {
		arguments = []string{"verify-attestation", "--type", predicateType}
	}
	err := c.run(append(arguments, "--key", key.PublicFile, "--insecure-ignore-tlog=true", "--trusted-root", trustedRoot,
		imageName(host, repository, digest))...)
	if err == nil {
		return true, nil
	}
	for _, refusal := range refusals {
		if strings.Contains(err.Error(), refusal) {
			return false, nil
		}
	}
	return false, err
}

func imageName(host, repository, digest string) string {
	return fmt.Sprintf("%s/%s@%s", host, repository, digest)
}

func (c Cosign) run(arguments ...string) error {
	_, stderr, err := process.Run(nil, []string{"PATH=/usr/bin:/bin", "HOME=" + c.Home,
		"COSIGN_PASSWORD=", "SSL_CERT_FILE=" + c.CAFile}, append([]string{c.Program}, arguments...)...)
	if err != nil {
		return fmt.Errorf("cosign %d %s: %w: %s", c.Version, strings.Join(arguments, " "), err, stderr)
	}
	return nil
}
