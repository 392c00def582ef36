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
	Private string // a file
	Public  string // PEM
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
	return Key{Private: prefix + ".key", Public: string(public)}, err
}

// Sign adds a signature in the form that has a tag of its own, sha256-….sig: version 3 makes it when
// it is told to.
func (c Cosign) Sign(key Key, host, repository, digest string) error {
	arguments := []string{"sign", "--yes", "--key", key.Private, "--tlog-upload=false"}
	if c.Version >= 3 {
		arguments = append(arguments, "--new-bundle-format=false", "--use-signing-config=false")
	}
	return c.run(append(arguments, fmt.Sprintf("%s/%s@%s", host, repository, digest))...)
}

// SignWithBundle adds a signature in the form that version 3 gives it by default: a Sigstore bundle that
// refers to the image.
func (c Cosign) SignWithBundle(key Key, host, repository, digest string) error {
	return c.run("sign", "--yes", "--key", key.Private, "--tlog-upload=false", "--new-bundle-format=true",
		"--use-signing-config=false", fmt.Sprintf("%s/%s@%s", host, repository, digest))
}

func (c Cosign) run(arguments ...string) error {
	_, stderr, err := process.Run(nil, []string{"PATH=/usr/bin:/bin", "HOME=" + c.Home,
		"COSIGN_PASSWORD=", "SSL_CERT_FILE=" + c.CAFile}, append([]string{c.Program}, arguments...)...)
	if err != nil {
		return fmt.Errorf("cosign %d %s: %w: %s", c.Version, strings.Join(arguments, " "), err, stderr)
	}
	return nil
}
