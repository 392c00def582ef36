package tests

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"countersign.dev/e2e/kubernetes/certificates"
	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/process"
)

var certificateSecrets = []string{"countersign-ca", "countersign-shim-tls", "countersign-verifier-tls",
	"countersign-shim-client-tls"}

// upgrades is a cluster of its own, whose installations come and go.
type upgrades struct {
	*cluster.Cluster
	*testing.T
	namespace string // that Countersign is installed in
}

// Installing, upgrading, uninstalling and installing again keep the certificates, and so does the step from a version
// whose command created the Secrets to one whose chart has them.
func TestUpgradesKeepTheCertificates(t *testing.T) {
	directory := filepath.Join(world.directory, "upgrades")
	authority, err := certificates.NewAuthority(filepath.Join(directory, "authority"), "upgrades")
	if err != nil {
		t.Fatal(err)
	}
	c, err := cluster.Start(filepath.Join(directory, "cluster"), *tools, authority)
	defer c.Stop()
	if err != nil {
		t.Fatal(err)
	}
	// Helm installs nothing over what kubectl has applied: it comes first.
	for _, test := range []struct {
		name string
		run  func(*upgrades)
	}{
		{"helm-from-nothing", helmFromNothing},
		{"helm-from-the-commands-own", helmFromTheCommandsOwn},
		{"kubectl-from-nothing", kubectlFromNothing},
		{"kubectl-from-the-commands-own", kubectlFromTheCommandsOwn},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(&upgrades{c, t, test.name}) })
	}
}

func helmFromNothing(u *upgrades) {
	u.helm("install", "countersign", *chart)
	for _, name := range certificateSecrets {
		if secret := u.secret(name); secret["data"] != nil || secret["type"] != "Opaque" {
			u.Errorf("%s is installed as %v with %v", name, secret["type"], secret["data"])
		}
	}
	u.command("countersign-certificates")
	made := u.certificates()
	for _, change := range []string{"shim.verbose=true", "replicas=3"} {
		u.helm("upgrade", "countersign", *chart, "--set", change)
		u.expect(made, "after an upgrade")
	}
	u.helm("uninstall", "countersign")
	u.expect(made.of("Secret"), "after it was uninstalled")
	u.helm("install", "countersign", *chart)
	u.command("countersign-certificates")
	u.expect(made, "when it was installed again")
	u.helm("uninstall", "countersign")
}

func helmFromTheCommandsOwn(u *upgrades) {
	// As a version left it whose chart had no such Secrets.
	u.helm("install", "countersign", *chart, "--set", "certificates.source=existing",
		"--set-file", "webhook.caBundle="+u.Authority.File)
	u.command("admin")
	made := u.certificates().of("Secret")
	for range 2 {
		u.helm("upgrade", "countersign", *chart)
		u.expect(made, "after the upgrade")
		u.command("countersign-certificates")
		u.expect(made, "after the command")
	}
	u.helm("uninstall", "countersign")
	u.expect(made, "after it was uninstalled")
}

func kubectlFromNothing(u *upgrades) {
	u.apply()
	u.command("countersign-certificates")
	u.applyAgain(u.certificates())
	// They would refuse the next one's pods.
	for _, path := range webhookPaths {
		if err := u.Admin.Delete(path); err != nil {
			u.Error(err)
		}
	}
}

func kubectlFromTheCommandsOwn(u *upgrades) {
	u.apply()
	if output, ok := u.Kubectl(u.namespace, "", append([]string{"delete", "secret"}, certificateSecrets...)...); !ok {
		u.Fatal(output)
	}
	u.command("admin")
	for _, name := range certificateSecrets[1:] {
		if kind := u.secret(name)["type"]; kind != "kubernetes.io/tls" {
			u.Errorf("the command created %s with the type %v", name, kind)
		}
	}
	made := u.certificates()
	u.applyAgain(made)
	u.command("countersign-certificates")
	u.expect(made, "after the command")
}

func (u *upgrades) helm(arguments ...string) {
	u.Helper()
	if arguments[0] != "uninstall" {
		arguments = append(arguments, "--set", "deployment_namespace="+u.namespace)
	}
	if output, ok := u.Helm(append(arguments, "--namespace", "default")...); !ok {
		u.Fatalf("helm %v: %s", arguments, output)
	}
}

func (u *upgrades) apply(flags ...string) {
	u.Helper()
	objects, err := u.Render(*chart, "default", "deployment_namespace="+u.namespace)
	if err != nil {
		u.Fatal(err)
	}
	if output, ok := u.Kubectl(u.namespace, cluster.YAML(objects...), append([]string{"apply", "-f", "-"}, flags...)...); !ok {
		u.Fatal(output)
	}
}

func (u *upgrades) applyAgain(made found) {
	u.Helper()
	for _, flags := range [][]string{nil, nil, {"--server-side"}, {"--server-side"}} {
		u.apply(flags...)
		u.expect(made, "after kubectl apply "+strings.Join(flags, " "))
	}
}

// command runs the certificates command as a service account, or as an administrator.
func (u *upgrades) command(account string) {
	u.Helper()
	kubeconfig := u.Kubeconfig
	if account != "admin" {
		token, err := u.Admin.Token(u.namespace, account)
		if err != nil {
			u.Fatal(err)
		}
		kubeconfig = filepath.Join(u.Directory, u.namespace+".kubeconfig")
		if err := u.WriteKubeconfig(kubeconfig, u.Address, token); err != nil {
			u.Fatal(err)
		}
	}
	stdout, stderr, err := process.Run(nil, []string{"HOME=" + u.Directory}, filepath.Join(*built, "cli", "countersign"),
		"certificates", "--kubeconfig="+kubeconfig, "--namespace="+u.namespace)
	if err != nil {
		u.Fatalf("countersign certificates as %s: %v: %s%s", account, err, stdout, stderr)
	}
}

var webhookPaths = []string{
	"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/image-policy-mutating-webhook-configuration",
	"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/image-policy-validating-webhook-configuration",
	"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/image-policy-final-webhook-configuration",
}

func (u *upgrades) secret(name string) cluster.Object {
	u.Helper()
	secret, err := u.Admin.Get("/api/v1/namespaces/" + u.namespace + "/secrets/" + name)
	if err != nil {
		u.Fatal(err)
	}
	return secret
}

// found is every certificate, key and bundle by the place that it is in.
type found map[string]string

func (f found) of(kind string) found {
	some := maps.Clone(f)
	maps.DeleteFunc(some, func(place, _ string) bool { return !strings.HasPrefix(place, kind) })
	return some
}

func (u *upgrades) certificates() found {
	u.Helper()
	all := found{}
	for _, name := range certificateSecrets {
		secret := u.secret(name)
		data, _ := secret["data"].(cluster.Object)
		if len(data) < 2 {
			u.Errorf("%s has only %d entries", name, len(data))
		}
		for key, value := range data {
			all["Secret "+name+" "+key] = value.(string)
		}
		all["Secret "+name+" type"] = secret["type"].(string)
	}
	for _, path := range webhookPaths {
		configuration, err := u.Admin.Get(path)
		if err != nil {
			continue // Helm has uninstalled it
		}
		for _, webhook := range configuration["webhooks"].([]any) {
			if bundle := cluster.Text(webhook, "clientConfig", "caBundle"); bundle != "" {
				all["caBundle "+cluster.Text(webhook, "name")] = bundle
			}
		}
	}
	return all
}

// expect reports what of these is not there as it was.
func (u *upgrades) expect(made found, when string) {
	u.Helper()
	now := u.certificates()
	for place, value := range made {
		if now[place] != value {
			u.Errorf("%s: %s is another, or gone", when, place)
		}
	}
}
