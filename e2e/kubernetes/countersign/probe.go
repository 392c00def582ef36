package countersign

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"countersign.dev/e2e/kubernetes/cluster"
)

// Probing does not check whom it speaks to: that is the API server's part.
var probeClient = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
	TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}

// Review asks the shim itself, past the API server, whether a pod of image may be created in
// namespace.
func (s *Shim) Review(namespace, image string) (allowed bool, warnings []string, err error) {
	return s.ReviewAs("default", namespace, image)
}

// ReviewAs is Review for a pod of that service account.
func (s *Shim) ReviewAs(account, namespace, image string) (allowed bool, warnings []string, err error) {
	review := cluster.Object{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
		"request": cluster.Object{
			"uid":       "00000000-0000-0000-0000-000000000000",
			"kind":      cluster.Object{"group": "", "version": "v1", "kind": "Pod"},
			"resource":  cluster.Object{"group": "", "version": "v1", "resource": "pods"},
			"namespace": namespace, "operation": "CREATE", "userInfo": cluster.Object{},
			"object": cluster.Object{"apiVersion": "v1", "kind": "Pod",
				"metadata": cluster.Object{"name": "probe", "namespace": namespace},
				"spec": cluster.Object{"serviceAccountName": account,
					"containers": []any{cluster.Object{"name": "c", "image": image}}}},
		}}
	body, err := json.Marshal(review)
	if err != nil {
		return false, nil, err
	}
	response, err := probeClient.Post("https://"+s.Address+"/signing-policy-check?timeout=10s",
		"application/json", bytes.NewReader(body))
	if err != nil {
		return false, nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return false, nil, fmt.Errorf("%s: %s", s.Name, response.Status)
	}
	var answer struct {
		Response struct {
			Allowed  bool
			Warnings []string
		}
	}
	err = json.NewDecoder(response.Body).Decode(&answer)
	return answer.Response.Allowed, answer.Response.Warnings, err
}
