package tests

import (
	"encoding/json"
	"strings"
	"testing"

	"countersign.dev/e2e/kubernetes/cluster"
)

func TestEachKindIsAdmittedWithSignedImages(t *testing.T) {
	basePolicy().enforce(t)
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			name := "signed-" + strings.ToLower(kind)
			mustApply(t, shop, workload(kind, name, open(signed2), open(signed3)))
			output, ok := world.Kubectl(shop, "", "get", kind, name, "-o", "json")
			var stored cluster.Object
			if err := json.Unmarshal([]byte(output), &stored); err != nil || !ok {
				t.Fatal(output)
			}
			if status(stored) != "verified" {
				t.Errorf("it is marked %q", status(stored))
			}
		})
	}
}

func TestEachKindIsRefusedWithOneUnsignedImage(t *testing.T) {
	basePolicy().enforce(t)
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			name := "unsigned-" + strings.ToLower(kind)
			mustRefuse(t, shop, workload(kind, name, open(signed2), open(unsigned)),
				`admission webhook "image-policy-webhook.signing.apps.tanzu.com" denied the request`,
				notSigned(open(unsigned)))
			if output, ok := world.Kubectl(shop, "", "get", kind, name); ok {
				t.Errorf("it exists: %s", output)
			}
		})
	}
}

func TestADeploymentMakesPodsByItsReplicaSet(t *testing.T) {
	basePolicy().enforce(t)
	mustApply(t, shop, workload("Deployment", "made-by-controllers", open(signed2)))
	eventually(t, "there is a pod", func() bool {
		return len(labelled(t, "/api/v1/namespaces/shop/pods", "made-by-controllers")) == 1
	})
	sets := labelled(t, "/apis/apps/v1/namespaces/shop/replicasets", "made-by-controllers")
	pods := labelled(t, "/api/v1/namespaces/shop/pods", "made-by-controllers")
	for _, object := range append(sets, pods...) {
		if status(object) != "verified" {
			t.Errorf("%s is marked %q", cluster.Text(object, "metadata", "name"), status(object))
		}
	}
}

func TestAReplicaSetThatWasThereBeforeThePolicyMakesNoMorePods(t *testing.T) {
	removePolicy(t)
	mustApply(t, shop, workload("Deployment", "from-before", open(unsigned)))
	path := "/api/v1/namespaces/shop/pods"
	eventually(t, "there is a pod", func() bool { return len(labelled(t, path, "from-before")) == 1 })
	basePolicy().enforce(t)
	for _, pod := range labelled(t, path, "from-before") {
		if _, err := world.Admin.Do("DELETE", path+"/"+cluster.Text(pod, "metadata", "name"), "application/json",
			cluster.Object{"gracePeriodSeconds": 0}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "its events say why there is no pod", func() bool {
		output, _ := world.Kubectl(shop, "", "get", "events", "-o", "jsonpath={.items[*].message}")
		return strings.Contains(output, notSigned(open(unsigned)))
	})
	if pods := labelled(t, path, "from-before"); len(pods) != 0 {
		t.Errorf("there are %d pods", len(pods))
	}
}

// Its next job is due when its last is long ago, whatever the time is now.
func TestACronJobMakesJobsAndTheirPods(t *testing.T) {
	basePolicy().enforce(t)
	name := "on-schedule"
	mustApply(t, shop, workload("CronJob", name, open(signed2), open(signed3)))
	if _, err := world.Admin.Do("PATCH", "/apis/batch/v1/namespaces/shop/cronjobs/"+name+"/status",
		"application/merge-patch+json", cluster.Object{
			"status": cluster.Object{"lastScheduleTime": "2025-12-31T00:00:00Z"}}); err != nil {
		t.Fatal(err)
	}
	var job cluster.Object
	eventually(t, "there is a job", func() bool {
		list, err := world.Admin.Get("/apis/batch/v1/namespaces/shop/jobs")
		if err != nil {
			t.Fatal(err)
		}
		for _, job = range cluster.Items(list) {
			if strings.HasPrefix(cluster.Text(job, "metadata", "name"), name) {
				return true
			}
		}
		return false
	})
	if status(job) != "verified" {
		t.Errorf("the job is marked %q", status(job))
	}
	eventually(t, "there is a pod", func() bool {
		list, err := world.Admin.Get("/api/v1/namespaces/shop/pods?labelSelector=job-name%3D" +
			cluster.Text(job, "metadata", "name"))
		if err != nil {
			t.Fatal(err)
		}
		for _, pod := range cluster.Items(list) {
			return status(pod) == "verified"
		}
		return false
	})
}
