// Package countersign installs Countersign in a cluster from its chart, and runs its processes where
// a kubelet would: with the flags, service accounts, Secrets and permissions that the chart gives
// them. Only addresses differ.
package countersign

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/process"
	"countersign.dev/e2e/kubernetes/tcpproxy"
)

// Namespace is the one that Countersign is installed in.
const Namespace = "image-policy-system"

const (
	service = "image-policy-webhook-service"
	// Within the cluster's range of service addresses, all of which are this machine.
	serviceIP = "127.1.0.10"
	replicas  = 2
)

// Options say what is installed.
type Options struct {
	Directory string // for files, made
	Built     string // where Bazel built the programs
	Chart     string
	Values    []string // for helm: NAME=VALUE
}

// Installation is a Countersign that serves.
type Installation struct {
	Cluster *cluster.Cluster
	// The API server's way to the shims: what a Service does in a cluster.
	Front     *tcpproxy.Proxy
	Verifiers []*Verifier
	Shims     []*Shim
	// One shim for each verifier, which asks that one only: not behind Front.
	Probes []*Shim

	options                               Options
	verifierPod, shimPod, certificatesPod podSpec
	kubelet                               *kubelet
}

// Install brings everything up; the Installation is to be stopped even after an error.
func Install(c *cluster.Cluster, options Options) (*Installation, error) {
	installation := &Installation{Cluster: c, options: options}
	for _, step := range []func() error{installation.apply,
		func() error { return installation.RenewCertificates() }, installation.mount, installation.startAll} {
		if err := step(); err != nil {
			return installation, err
		}
	}
	return installation, nil
}

// Stop ends the processes; an error tells of those that did not end well.
func (i *Installation) Stop() error {
	var running []*process.Process
	for _, shim := range append(i.Shims, i.Probes...) {
		running = append(running, shim.Process)
	}
	for _, verifier := range i.Verifiers {
		running = append(running, verifier.Process)
	}
	var stops []error
	for _, p := range running {
		if p != nil && p.Running() {
			p.Terminate()
		}
	}
	for _, p := range running {
		if p != nil && p.Running() {
			stops = append(stops, p.Stop())
		}
	}
	if i.kubelet != nil {
		i.kubelet.end()
	}
	return errors.Join(stops...)
}

func (i *Installation) apply() error {
	objects, err := i.Cluster.Render(i.options.Chart, Namespace, i.options.Values...)
	if err != nil {
		return err
	}
	listener, err := tcpproxy.NewAt(serviceIP + ":0")
	if err != nil {
		return err
	}
	i.Front = listener
	for _, object := range objects {
		name := cluster.Text(object, "kind") + "/" + cluster.Text(object, "metadata", "name")
		switch {
		case name == "Service/"+service:
			i.readdress(object)
		case strings.HasSuffix(cluster.Text(object, "kind"), "WebhookConfiguration"):
			i.readdressWebhooks(object)
		case name == "Deployment/countersign-verifier":
			i.verifierPod, err = newPodSpec(object)
		case name == "Deployment/countersign-shim":
			i.shimPod, err = newPodSpec(object)
		case strings.HasPrefix(name, "Job/countersign-certificates"):
			i.certificatesPod, err = newPodSpec(object)
		}
		if err != nil {
			return err
		}
	}
	output, ok := i.Cluster.Kubectl(Namespace, cluster.YAML(objects...), "apply", "-f", "-")
	if !ok {
		return fmt.Errorf("kubectl apply: %s", output)
	}
	return nil
}

// readdress gives the webhook's Service the address that Front listens on: a port above 1024, for
// which one need not be root.
func (i *Installation) readdress(service cluster.Object) {
	spec := service["spec"].(cluster.Object)
	spec["clusterIP"] = serviceIP
	spec["ports"].([]any)[0].(cluster.Object)["port"] = i.Front.Port()
}

func (i *Installation) readdressWebhooks(configuration cluster.Object) {
	for _, webhook := range list(configuration["webhooks"]) {
		cluster.At(webhook, "clientConfig", "service").(cluster.Object)["port"] = i.Front.Port()
	}
}

// Reconfigure has the API server ask as the chart says it with these values as well, whatever became
// of the webhook configurations.
func (i *Installation) Reconfigure(values ...string) error {
	all, err := i.Cluster.Render(i.options.Chart, Namespace, slices.Concat(i.options.Values, values)...)
	if err != nil {
		return err
	}
	var configurations []cluster.Object
	for _, object := range all {
		if strings.HasSuffix(cluster.Text(object, "kind"), "WebhookConfiguration") {
			i.readdressWebhooks(object)
			configurations = append(configurations, object)
		}
	}
	if output, ok := i.Cluster.Kubectl(Namespace, cluster.YAML(configurations...), "apply", "-f", "-"); !ok {
		return fmt.Errorf("kubectl apply: %s", output)
	}
	return i.RenewCertificates()
}

// RenewCertificates runs what the chart's Job for certificates runs, with more flags or other values of them: it makes what is
// missing, and renews what ends soon.
func (i *Installation) RenewCertificates(more ...string) error {
	kubeconfig, err := i.kubeconfig("certificates", i.certificatesPod.account, i.Cluster.Address)
	if err != nil {
		return err
	}
	arguments := []string{filepath.Join(i.options.Built, "cli", "countersign")}
	for _, argument := range i.certificatesPod.arguments[1:] {
		flag, _, _ := strings.Cut(argument, "=")
		if argument == "--kubernetes" {
			argument = "--kubeconfig=" + kubeconfig
		}
		if !slices.ContainsFunc(more, func(other string) bool { return strings.HasPrefix(other, flag+"=") }) {
			arguments = append(arguments, argument)
		}
	}
	stdout, stderr, err := process.Run(nil, []string{"HOME=" + i.options.Directory},
		append(arguments, more...)...)
	if err != nil {
		return fmt.Errorf("countersign certificates: %w: %s%s", err, stdout, stderr)
	}
	return nil
}

// kubeconfig writes one for a service account in Namespace, at address.
func (i *Installation) kubeconfig(name, account, address string) (string, error) {
	token, err := i.Cluster.Admin.Token(Namespace, account)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(i.options.Directory, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(i.options.Directory, name+".kubeconfig")
	return file, i.Cluster.WriteKubeconfig(file, address, token)
}

func (i *Installation) mount() (err error) {
	i.kubelet, err = startKubelet(i.Cluster.Admin, i.options.Directory, i.verifierPod, i.shimPod)
	return err
}

func (i *Installation) startAll() error {
	// The first finds its cluster as a pod does, where that can be had here.
	start := i.NewVerifier
	if process.CanMount() {
		start = i.NewVerifierAsPod
	}
	for n := range replicas {
		verifier, err := start(fmt.Sprintf("verifier-%d", n))
		start = i.NewVerifier
		if err != nil {
			return err
		}
		i.Verifiers = append(i.Verifiers, verifier)
	}
	for n := range replicas {
		shim, err := i.NewShim(fmt.Sprintf("shim-%d", n), i.Verifiers...)
		if err != nil {
			return err
		}
		i.Shims = append(i.Shims, shim)
		probe, err := i.NewShim(fmt.Sprintf("probe-%d", n), i.Verifiers[n])
		if err != nil {
			return err
		}
		i.Probes = append(i.Probes, probe)
	}
	i.Serve(i.Shims...)
	return nil
}

// Serve has the API server ask these shims, from now on.
func (i *Installation) Serve(shims ...*Shim) {
	var addresses []string
	for _, shim := range shims {
		addresses = append(addresses, shim.Address)
	}
	i.Front.SetBackends(addresses...)
}
