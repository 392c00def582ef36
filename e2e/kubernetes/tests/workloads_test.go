package tests

import (
	"fmt"
	"strings"
	"testing"

	"countersign.dev/e2e/kubernetes/cluster"
)

// kinds are all that make pods, with their API versions.
var kinds = map[string]string{"Pod": "v1", "ReplicationController": "v1", "ReplicaSet": "apps/v1",
	"Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1",
	"CronJob": "batch/v1"}

// workload is an object of a kind, one replica, whose containers have these images.
func workload(kind, name string, images ...string) cluster.Object {
	var containers []any
	for n, image := range images {
		containers = append(containers, cluster.Object{"name": fmt.Sprintf("c%d", n), "image": image})
	}
	labels := cluster.Object{"app": name}
	pod := cluster.Object{"containers": containers}
	template := cluster.Object{"metadata": cluster.Object{"labels": labels}, "spec": pod}
	spec := cluster.Object{"template": template}
	switch kind {
	case "Pod":
		spec = pod
	case "ReplicationController":
		spec["selector"] = labels
	case "Job", "CronJob":
		pod["restartPolicy"] = "Never"
	default:
		spec["selector"] = cluster.Object{"matchLabels": labels}
	}
	if kind == "StatefulSet" {
		spec["serviceName"] = name
	}
	if kind == "CronJob" {
		spec = cluster.Object{"schedule": "0 0 1 1 *", "jobTemplate": cluster.Object{"spec": spec}}
	}
	return cluster.Object{"apiVersion": kinds[kind], "kind": kind, "spec": spec,
		"metadata": cluster.Object{"name": name, "labels": labels}}
}

// mustApply applies objects with kubectl and gives what it said.
func mustApply(t testing.TB, namespace string, objects ...cluster.Object) string {
	t.Helper()
	output, ok := world.Kubectl(namespace, cluster.YAML(objects...), "apply", "-f", "-")
	if !ok {
		t.Fatalf("kubectl apply: %s", output)
	}
	return output
}

// mustRefuse applies objects with kubectl, which must fail with each of the sentences.
func mustRefuse(t testing.TB, namespace string, object cluster.Object, sentences ...string) string {
	t.Helper()
	output, ok := world.Kubectl(namespace, cluster.YAML(object), "apply", "-f", "-")
	if ok {
		t.Fatalf("kubectl apply was to be refused: %s", output)
	}
	mustSay(t, output, sentences...)
	return output
}

func mustSay(t testing.TB, output string, sentences ...string) {
	t.Helper()
	for _, sentence := range sentences {
		if !strings.Contains(output, sentence) {
			t.Errorf("%q is not said in:\n%s", sentence, output)
		}
	}
}

func notSigned(image string) string { return "The image: " + image + " is not signed." }

// find lists objects of one kind that are owned by name, or labelled with app=name.
func labelled(t testing.TB, path, name string) []cluster.Object {
	t.Helper()
	list, err := world.Admin.Get(path + "?labelSelector=app%3D" + name)
	if err != nil {
		t.Fatal(err)
	}
	return cluster.Items(list)
}

func status(object cluster.Object) string {
	return cluster.Text(object, "metadata", "annotations", "countersign/status")
}
