package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Compact has etcd forget all revisions but the last one, and returns that.
func (c *Cluster) Compact() (revision string, err error) {
	answer, err := c.askEtcd("/v3/kv/range", Object{"key": "AA=="})
	if err != nil {
		return "", err
	}
	revision = Text(answer, "header", "revision")
	_, err = c.askEtcd("/v3/kv/compaction", Object{"revision": revision, "physical": true})
	return revision, err
}

func (c *Cluster) askEtcd(path string, question Object) (Object, error) {
	body, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	response, err := http.Post(c.etcdURL+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("etcd: %s: %s", response.Status, content)
	}
	var answer Object
	return answer, json.Unmarshal(content, &answer)
}
