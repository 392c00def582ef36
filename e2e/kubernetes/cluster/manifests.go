package cluster

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"

	"countersign.dev/e2e/kubernetes/process"
)

// Documents are the objects in YAML text.
func Documents(text string) ([]Object, error) {
	var objects []Object
	for _, document := range strings.Split("\n"+text, "\n---") {
		var object Object
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			return nil, fmt.Errorf("%w in %s", err, document)
		}
		if len(object) > 0 {
			objects = append(objects, object)
		}
	}
	return objects, nil
}

// YAML is the text of objects.
func YAML(objects ...Object) string {
	var documents []string
	for _, object := range objects {
		text, err := yaml.Marshal(object)
		if err != nil {
			panic(err)
		}
		documents = append(documents, string(text))
	}
	return strings.Join(documents, "---\n")
}

// Render is what helm makes of a chart, with hooks; values are NAME=VALUE, as for --set.
func (c *Cluster) Render(chart, namespace string, values ...string) ([]Object, error) {
	version, err := c.Admin.Get("/version")
	if err != nil {
		return nil, err
	}
	arguments := []string{filepath.Join(c.Tools, "helm"), "template", "countersign", chart,
		"--namespace", namespace, "--include-crds", "--kube-version", Text(version, "gitVersion")}
	for _, value := range values {
		arguments = append(arguments, "--set", value)
	}
	stdout, stderr, err := process.Run(nil, []string{"HOME=" + c.Directory}, arguments...)
	if err != nil {
		return nil, fmt.Errorf("helm template: %w: %s", err, stderr)
	}
	return Documents(stdout)
}

// EnsureNamespace makes one, with its service account `default`.
func (c *Cluster) EnsureNamespace(name string) error {
	_, err := c.Admin.Create("/api/v1/namespaces", Object{"metadata": Object{"name": name}})
	var status *StatusError
	if errors.As(err, &status) && status.Code == http.StatusConflict {
		err = nil
	}
	if err != nil {
		return err
	}
	return c.Controllers.WaitUntil("making service accounts", func() bool {
		_, err := c.Admin.Get("/api/v1/namespaces/" + name + "/serviceaccounts/default")
		return err == nil
	})
}
