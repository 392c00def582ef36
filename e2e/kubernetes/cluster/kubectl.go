package cluster

import (
	"path/filepath"
	"strings"

	"countersign.dev/e2e/kubernetes/process"
)

// Kubectl runs it as an administrator in namespace, with input; it returns all that it wrote, and
// whether it succeeded.
func (c *Cluster) Kubectl(namespace, input string, arguments ...string) (output string, ok bool) {
	command := append([]string{filepath.Join(c.Tools, "kubectl"), "--namespace", namespace}, arguments...)
	stdout, stderr, err := process.Run([]byte(input), []string{"PATH=/usr/bin:/bin",
		"HOME=" + c.Directory, "KUBECONFIG=" + c.Kubeconfig}, command...)
	return strings.TrimSpace(stdout + stderr), err == nil
}

// Helm runs it as an administrator; it returns all that it wrote, and whether it succeeded.
func (c *Cluster) Helm(arguments ...string) (output string, ok bool) {
	stdout, stderr, err := process.Run(nil, []string{"PATH=/usr/bin:/bin", "HOME=" + c.Directory,
		"KUBECONFIG=" + c.Kubeconfig}, append([]string{filepath.Join(c.Tools, "helm")}, arguments...)...)
	return strings.TrimSpace(stdout + stderr), err == nil
}
