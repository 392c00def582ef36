// Package tests shows Countersign at work in a cluster of real parts.
package tests

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign.dev/e2e/kubernetes/certificates"
	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/countersign"
	"countersign.dev/e2e/kubernetes/process"
	"countersign.dev/e2e/kubernetes/registry"
)

var (
	built     = flag.String("built", os.Getenv("COUNTERSIGN_BUILT"), "folder that Bazel built the programs in")
	tools     = flag.String("tools", os.Getenv("COUNTERSIGN_TOOLS"), "folder with kube-apiserver, kubectl, cosign2, …")
	goCommand = flag.String("go", cmp.Or(os.Getenv("GO"), "go"), "the go that knows the modules of go.mod")
	chart     = flag.String("chart", "../../../deploy/chart", "the Helm chart")
	phase     = flag.Duration("phase", 2*time.Second, "how long the load of a drill runs before and after each event")
	workers   = flag.Int("workers", 4, "how many ask at the same time in drills")
	pause     = flag.Duration("pause", 10*time.Millisecond, "how long each of them rests between two questions")
	values    = flag.String("values", "", "more values of the chart: NAME=VALUE,NAME=VALUE")
	keep      = flag.Bool("keep", false, "keep logs and data even if all went well")
)

const (
	shop     = "shop"         // a namespace that the policy is enforced in
	excluded = "system-tools" // one that it is not
)

// world is what all tests share. Its parts are ended when the tests are over.
var world struct {
	*cluster.Cluster
	*countersign.Installation
	Open, Protected  *registry.Registry // one storage; Protected wants users
	Cosign2, Cosign3 registry.Cosign
	Key2, Key3       registry.Key // of Cosign2 and Cosign3
	Stranger         registry.Key // in no policy
	directory        string
}

func TestMain(m *testing.M) {
	flag.Parse()
	process.DieWithParent()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if world.directory, err = os.MkdirTemp("", "countersign-e2e-"); err != nil {
		fmt.Println(err)
		return 2
	}
	status := 2
	started := time.Now()
	if err = build(); err == nil {
		fmt.Printf("The cluster serves after %.1f s.\n", time.Since(started).Seconds())
		status = m.Run()
	}
	err = errors.Join(err, tearDown())
	if err != nil {
		fmt.Println("FAILED", err)
		status = max(status, 1)
	}
	if status != 0 || *keep {
		fmt.Println("Logs are in", world.directory)
	} else {
		os.RemoveAll(world.directory)
	}
	return status
}

func build() error {
	if *built == "" || *tools == "" {
		return errors.New("-built and -tools must be given; ./dev e2e does")
	}
	authority, err := certificates.NewAuthority(filepath.Join(world.directory, "authority"), "e2e")
	if err != nil {
		return err
	}
	if world.Cluster, err = cluster.Start(filepath.Join(world.directory, "cluster"), *tools, authority); err != nil {
		return err
	}
	for _, namespace := range []string{shop, excluded, countersign.Namespace} {
		if err := world.EnsureNamespace(namespace); err != nil {
			return err
		}
	}
	if err := startRegistries(authority); err != nil {
		return err
	}
	if err := pushImages(); err != nil {
		return err
	}
	chartValues := []string{"namespace.create=false", "custom_ca_secrets[0].secret_name=" + registryAuthority,
		"custom_ca_secrets[0].namespace=" + shop}
	if *values != "" {
		chartValues = append(chartValues, *values)
	}
	world.Installation, err = countersign.Install(world.Cluster, countersign.Options{
		Directory: filepath.Join(world.directory, "countersign"), Built: *built, Chart: *chart, Values: chartValues})
	return err
}

func tearDown() error {
	var err error
	if world.Installation != nil {
		err = world.Installation.Stop()
	}
	for _, r := range []*registry.Registry{world.Open, world.Protected} {
		if r != nil && r.Process != nil {
			r.Process.Kill()
		}
	}
	if world.Cluster != nil {
		world.Cluster.Stop()
	}
	return err
}
