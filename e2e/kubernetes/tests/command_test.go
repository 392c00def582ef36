package tests

import (
	"errors"
	"os/exec"
	"path/filepath"
	"testing"

	"countersign.dev/e2e/kubernetes/process"
)

// runCountersign runs the command, which trusts the authority of the registries, and returns its exit status and all
// that it wrote.
func runCountersign(t *testing.T, arguments ...string) (status int, said string) {
	t.Helper()
	stdout, stderr, err := process.Run(nil, []string{"HOME=" + world.directory, "SSL_CERT_FILE=" + world.Cosign2.CAFile},
		append([]string{filepath.Join(*built, "cli", "countersign")}, arguments...)...)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		status = exit.ExitCode()
	}
	return status, stdout + stderr
}
