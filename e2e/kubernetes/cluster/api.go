package cluster

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Object is any Kubernetes object.
type Object = map[string]any

// API speaks to the API server as one user. Thread-safe.
type API struct {
	base, token string
	client      *http.Client
}

// StatusError is an answer that is not of the two hundreds.
type StatusError struct {
	Code    int
	Message string
}

func (e *StatusError) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Message) }

// NewAPI is for the API server at address.
func NewAPI(address, token string, roots *x509.CertPool) *API {
	return &API{base: "https://" + address, token: token, client: &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots},
			MaxIdleConnsPerHost: 32}}}
}

// Get reads the object at path.
func (a *API) Get(path string) (Object, error) { return a.Do("GET", path, "", nil) }

// Create posts object to the collection at path.
func (a *API) Create(path string, object any) (Object, error) {
	return a.Do("POST", path, "application/json", object)
}

// Replace puts object to path.
func (a *API) Replace(path string, object any) (Object, error) {
	return a.Do("PUT", path, "application/json", object)
}

// Apply makes the object at path be as object says, whatever was there.
func (a *API) Apply(path string, object any) (Object, error) {
	return a.Do("PATCH", path+"?fieldManager=e2e&force=true", "application/apply-patch+yaml", object)
}

// Delete removes what is at path; nothing there is well, too.
func (a *API) Delete(path string) error {
	_, err := a.Do("DELETE", path+"?propagationPolicy=Background", "", nil)
	if status, ok := err.(*StatusError); ok && status.Code == http.StatusNotFound {
		return nil
	}
	return err
}

// Do sends one request. The error is a *StatusError if there was an answer.
func (a *API) Do(method, path, mediaType string, body any) (Object, error) {
	object, _, err := a.DoWarned(method, path, mediaType, body)
	return object, err
}

// DoWarned is Do, and gives the warnings that came along.
func (a *API) DoWarned(method, path, mediaType string, body any) (Object, []string, error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, nil, err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, a.base+path, content)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	response, err := a.client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, nil, err
	}
	var object Object
	json.Unmarshal(answer, &object) // /readyz answers text
	if response.StatusCode >= 300 {
		message, ok := object["message"].(string)
		if !ok {
			message = string(answer)
		}
		return object, response.Header["Warning"], &StatusError{response.StatusCode, message}
	}
	return object, response.Header["Warning"], nil
}

// Token is one of a service account, as a pod of its would have.
func (a *API) Token(namespace, account string) (string, error) {
	answer, err := a.Create("/api/v1/namespaces/"+namespace+"/serviceaccounts/"+account+"/token",
		Object{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
			"spec": Object{"expirationSeconds": 86400}})
	if err != nil {
		return "", err
	}
	return Text(answer, "status", "token"), nil
}

// At is what is under keys in object; nil if there is nothing.
func At(object any, keys ...string) any {
	for _, key := range keys {
		members, ok := object.(map[string]any)
		if !ok {
			return nil
		}
		object = members[key]
	}
	return object
}

// Text is At for strings; "" if there is none.
func Text(object any, keys ...string) string {
	text, _ := At(object, keys...).(string)
	return text
}

// Items is those of a list.
func Items(list Object) []Object {
	var items []Object
	for _, item := range At(list, "items").([]any) {
		items = append(items, item.(Object))
	}
	return items
}

func cutAddress(address string) (host, port string, err error) { return net.SplitHostPort(address) }
