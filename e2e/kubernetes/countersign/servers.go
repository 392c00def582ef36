package countersign

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"countersign.dev/e2e/kubernetes/process"
	"countersign.dev/e2e/kubernetes/tcpproxy"
)

// server is one of Countersign's processes, which can be ended and started again at its addresses.
type server struct {
	Name    string
	Address string // gRPC of a verifier, HTTPS of a shim
	Status  string // /livez, /readyz, /metrics
	Process *process.Process

	directory   string
	arguments   []string
	environment []string
}

// Verifier is one; API is its way to the API server.
type Verifier struct {
	server
	API *tcpproxy.Proxy
}

// Shim is one; Links are its ways to the verifiers that it asks.
type Shim struct {
	server
	Links []*tcpproxy.Proxy
}

// NewVerifier starts one with the chart's flags and more of them.
func (i *Installation) NewVerifier(name string, more ...string) (*Verifier, error) {
	api, err := tcpproxy.New(i.Cluster.Address)
	if err != nil {
		return nil, err
	}
	kubeconfig, err := i.kubeconfig(name, i.verifierPod.account, api.Address)
	if err != nil {
		return nil, err
	}
	verifier := &Verifier{API: api}
	verifier.server, err = i.newServer(name, "verifier/countersign-verifier", i.verifierPod,
		map[string]string{"--kubernetes": "--kubeconfig=" + kubeconfig}, more)
	if err != nil {
		return nil, err
	}
	return verifier, verifier.Start()
}

// NewVerifierAsPod starts one with all of the chart's flags, --kubernetes among them: it finds the API server,
// its authority and its token where a pod does. For that it has mounts of its own; process.CanMount says whether
// that can be.
func (i *Installation) NewVerifierAsPod(name string, more ...string) (*Verifier, error) {
	api, err := tcpproxy.New(i.Cluster.Address)
	if err != nil {
		return nil, err
	}
	account, err := i.serviceAccountFiles(name, i.verifierPod.account)
	if err != nil {
		return nil, err
	}
	verifier := &Verifier{API: api}
	verifier.server, err = i.newServer(name, "verifier/countersign-verifier", i.verifierPod, nil, more)
	if err != nil {
		return nil, err
	}
	verifier.arguments = process.WithMount(account, "/var/run/secrets/kubernetes.io/serviceaccount", verifier.arguments)
	host, port, err := net.SplitHostPort(api.Address)
	if err != nil {
		return nil, err
	}
	verifier.environment = []string{"KUBERNETES_SERVICE_HOST=" + host, "KUBERNETES_SERVICE_PORT=" + port}
	return verifier, verifier.Start()
}

// serviceAccountFiles writes what a kubelet mounts for a service account in Namespace, and says where.
func (i *Installation) serviceAccountFiles(name, account string) (string, error) {
	token, err := i.Cluster.Admin.Token(Namespace, account)
	if err != nil {
		return "", err
	}
	authority, err := os.ReadFile(i.Cluster.Authority.File)
	if err != nil {
		return "", err
	}
	directory := filepath.Join(i.options.Directory, name+".serviceaccount")
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return "", err
	}
	for file, content := range map[string][]byte{"token": []byte(token), "ca.crt": authority, "namespace": []byte(Namespace)} {
		if err := os.WriteFile(filepath.Join(directory, file), content, 0o600); err != nil {
			return "", err
		}
	}
	return directory, nil
}

// NewShim starts one with the chart's flags, and more of them, that asks these verifiers.
func (i *Installation) NewShim(name string, verifiers ...*Verifier) (*Shim, error) {
	return i.NewShimWith(name, nil, verifiers...)
}

// NewShimWith is NewShim with still more flags, each --NAME=VALUE, which take the place of the chart's.
func (i *Installation) NewShimWith(name string, more []string, verifiers ...*Verifier) (*Shim, error) {
	shim := &Shim{}
	var targets []string
	for _, verifier := range verifiers {
		link, err := tcpproxy.New(verifier.Address)
		if err != nil {
			return nil, err
		}
		shim.Links = append(shim.Links, link)
		targets = append(targets, link.Address)
	}
	replaced := map[string]string{"--verifier": "--verifier=ipv4:" + strings.Join(targets, ",")}
	added := []string{"--verifier-server-name=countersign-verifier." + Namespace + ".svc", "--verbose"}
	for _, flag := range more {
		name, _, _ := strings.Cut(flag, "=")
		isChart := slices.ContainsFunc(i.shimPod.arguments, func(argument string) bool {
			return strings.HasPrefix(argument, name+"=")
		})
		if isChart {
			replaced[name] = flag
		} else {
			added = append(added, flag)
		}
	}
	var err error
	shim.server, err = i.newServer(name, "shim/countersign-shim", i.shimPod, replaced, added)
	if err != nil {
		return nil, err
	}
	return shim, shim.Start()
}

// newServer prepares one whose flags are the pod's, but for the replaced ones and its addresses.
func (i *Installation) newServer(name, program string, pod podSpec, replaced map[string]string,
	more []string) (server, error) {
	address, err := process.FreeAddress()
	if err != nil {
		return server{}, err
	}
	status, err := process.FreeAddress()
	if err != nil {
		return server{}, err
	}
	arguments := []string{filepath.Join(i.options.Built, program)}
	for _, argument := range pod.mounted(i.options.Directory)[1:] {
		flag, _, _ := strings.Cut(argument, "=")
		switch other, ok := replaced[flag]; {
		case ok:
			argument = other
		case flag == "--listen":
			argument = "--listen=" + address
		case flag == "--status-listen":
			argument = "--status-listen=" + status
		case flag == "--statusz-port":
			argument = "--statusz-port=0" // there are several on this machine
		}
		arguments = append(arguments, argument)
	}
	arguments = append(arguments, more...)
	return server{Name: name, Address: address, Status: status, directory: i.options.Directory,
		arguments: arguments}, nil
}

// Start starts it, also again after it was ended, and waits until it is ready.
func (s *server) Start() (err error) {
	s.Process, err = process.Start(s.Name, s.directory, s.arguments, s.environment...)
	if err != nil {
		return err
	}
	return s.Process.WaitUntil("ready", s.Ready)
}

// Ready is what a kubelet's readiness probe finds.
func (s *server) Ready() bool {
	code, _, err := s.Ask("/readyz")
	return err == nil && code == http.StatusOK
}

// Ask gets a path of the status server.
func (s *server) Ask(path string) (code int, body string, err error) {
	client := http.Client{Timeout: 20 * time.Second}
	response, err := client.Get("http://" + s.Status + path)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, string(content), err
}

// Metric is the sum of a metric's values, over all of its labels.
func (s *server) Metric(name string) (float64, error) {
	_, body, err := s.Ask("/metrics")
	if err != nil {
		return 0, err
	}
	var sum float64
	found := false
	for _, line := range strings.Split(body, "\n") {
		if rest, ok := strings.CutPrefix(line, name); ok && (strings.HasPrefix(rest, " ") || strings.HasPrefix(rest, "{")) {
			var value float64
			fields := strings.Fields(line)
			if _, err := fmt.Sscan(fields[len(fields)-1], &value); err != nil {
				return 0, err
			}
			sum, found = sum+value, true
		}
	}
	if !found {
		return 0, fmt.Errorf("%s has no metric %s", s.Name, name)
	}
	return sum, nil
}
