// Package cluster runs what a Kubernetes cluster consists of on loopback: etcd, kube-apiserver and
// kube-controller-manager. There is no kubelet: pods are made, and nothing runs them.
package cluster

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"

	"countersign.dev/e2e/kubernetes/certificates"
	"countersign.dev/e2e/kubernetes/process"
)

// adminToken is that of a member of system:masters.
const adminToken = "test-only-admin"

// Cluster is one that is ready.
type Cluster struct {
	Directory  string
	Tools      string // the folder with kube-apiserver, kubectl, …
	Authority  *certificates.Authority
	Address    string // of the API server
	Kubeconfig string // of an administrator
	AuditLog   string
	Admin      *API
	// A file for the API server's --admission-control-config-file, from its next start on.
	AdmissionConfiguration string

	Etcd, APIServer, Controllers *process.Process

	etcdURL string
	pair    certificates.Pair
}

// Start makes an empty cluster whose files are in directory. Authority signs the API server's
// certificate.
func Start(directory, tools string, authority *certificates.Authority) (*Cluster, error) {
	cluster := &Cluster{Directory: directory, Tools: tools, Authority: authority,
		Kubeconfig: filepath.Join(directory, "admin.kubeconfig"),
		AuditLog:   filepath.Join(directory, "audit.log")}
	for _, step := range []func() error{cluster.startEtcd, cluster.writeFiles, cluster.StartAPIServer,
		cluster.startControllers} {
		if err := step(); err != nil {
			return cluster, err
		}
	}
	return cluster, nil
}

// Stop ends what runs, in the order that lets each end well.
func (c *Cluster) Stop() {
	for _, p := range []*process.Process{c.Controllers, c.APIServer, c.Etcd} {
		if p != nil && p.Running() {
			p.Kill()
		}
	}
}

func (c *Cluster) startEtcd() error {
	client, err := process.FreeAddress()
	if err != nil {
		return err
	}
	peer, err := process.FreeAddress()
	if err != nil {
		return err
	}
	c.etcdURL = "http://" + client
	c.Etcd, err = process.Start("etcd", filepath.Join(c.Directory, "etcd"), []string{"etcd",
		"--data-dir=" + filepath.Join(c.Directory, "etcd", "data"), "--listen-client-urls=" + c.etcdURL,
		"--advertise-client-urls=" + c.etcdURL, "--listen-peer-urls=http://" + peer, "--log-level=warn"})
	if err != nil {
		return err
	}
	return c.Etcd.WaitUntil("listening", func() bool { return process.Accepts(client) })
}

func (c *Cluster) file(name string) string { return filepath.Join(c.Directory, name) }

func (c *Cluster) writeFiles() (err error) {
	if c.Address, err = process.FreeAddress(); err != nil {
		return err
	}
	if c.pair, err = c.Authority.Issue("kube-apiserver", "kubernetes.default.svc"); err != nil {
		return err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	// Audit: what came of webhooks, for whatever makes pods; and who reads what, for the measurements.
	audit := `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: Metadata
  verbs: [create, update, patch]
  resources:
  - {group: "", resources: [pods, pods/ephemeralcontainers]}
  - {group: apps}
  - {group: batch}
- level: Metadata
  userGroups: ["system:serviceaccounts:image-policy-system"]
- level: None
`
	for name, content := range map[string]string{
		"service-accounts.key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"tokens.csv":           adminToken + `,admin,admin,"system:masters"` + "\n",
		"audit-policy.yaml":    audit,
	} {
		if err := os.WriteFile(c.file(name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	c.Admin = NewAPI(c.Address, adminToken, c.Authority.Pool())
	return c.WriteKubeconfig(c.Kubeconfig, c.Address, adminToken)
}

// WriteKubeconfig writes one for token, at address: the API server's, or a proxy's before it.
func (c *Cluster) WriteKubeconfig(file, address, token string) error {
	return os.WriteFile(file, []byte(fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://%s", certificate-authority: %q}}]
users: [{name: user, user: {token: %q}}]
contexts: [{name: test, context: {cluster: test, user: user}}]
current-context: test
`, address, c.Authority.File, token)), 0o600)
}

// StartAPIServer starts it, also again after it was ended.
func (c *Cluster) StartAPIServer() (err error) {
	_, port, _ := cutAddress(c.Address)
	arguments := []string{
		filepath.Join(c.Tools, "kube-apiserver"), "--etcd-servers=" + c.etcdURL, "--secure-port=" + port,
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
		"--tls-cert-file=" + c.pair.Certificate, "--tls-private-key-file=" + c.pair.Key,
		"--cert-dir=" + c.file("kube-apiserver"),
		"--service-account-key-file=" + c.file("service-accounts.key"),
		"--service-account-signing-key-file=" + c.file("service-accounts.key"),
		"--service-account-issuer=https://kubernetes.default.svc", "--authorization-mode=RBAC",
		"--token-auth-file=" + c.file("tokens.csv"), "--service-cluster-ip-range=127.1.0.0/24",
		"--endpoint-reconciler-type=none", "--feature-gates=ImageVolume=true",
		"--audit-policy-file=" + c.file("audit-policy.yaml"), "--audit-log-path=" + c.AuditLog,
		"--shutdown-delay-duration=0s",
	}
	if c.AdmissionConfiguration != "" {
		arguments = append(arguments, "--admission-control-config-file="+c.AdmissionConfiguration)
	}
	c.APIServer, err = process.Start("kube-apiserver", c.Directory, arguments)
	if err != nil {
		return err
	}
	return c.APIServer.WaitUntil("ready", func() bool {
		_, err := c.Admin.Get("/readyz")
		return err == nil
	})
}

func (c *Cluster) startControllers() (err error) {
	c.Controllers, err = process.Start("kube-controller-manager", c.Directory, []string{
		filepath.Join(c.Tools, "kube-controller-manager"), "--kubeconfig=" + c.Kubeconfig,
		"--service-account-private-key-file=" + c.file("service-accounts.key"),
		"--root-ca-file=" + c.Authority.File, "--leader-elect=false", "--secure-port=0",
		"--controllers=serviceaccount-controller,root-ca-certificate-publisher-controller,namespace-controller," +
			"deployment-controller,replicaset-controller,replicationcontroller-controller,job-controller," +
			"cronjob-controller,statefulset-controller,daemonset-controller," +
			"garbage-collector-controller,clusterrole-aggregation-controller",
	})
	if err != nil {
		return err
	}
	return c.Controllers.WaitUntil("making service accounts", func() bool {
		_, err := c.Admin.Get("/api/v1/namespaces/default/serviceaccounts/default")
		return err == nil
	})
}
