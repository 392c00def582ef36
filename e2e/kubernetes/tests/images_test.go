package tests

import (
	"path/filepath"

	"countersign.dev/e2e/kubernetes/certificates"
	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/registry"
)

const registryAuthority = "registry-authority"

// Users of the protected registry.
var users = map[string]string{"pod": "pod-1", "account": "account-1", "policy": "policy-1", "cluster": "cluster-1"}

// Images by what is true of them, as REPOSITORY:TAG in either registry.
const (
	signed2         = "shop/web:signed-by-cosign-2"
	signed3         = "shop/web:signed-by-cosign-3"
	strangersImage  = "shop/web:signed-by-stranger"
	unsigned        = "shop/web:unsigned"
	unmatchedSigned = "elsewhere/web:signed"
)

func startRegistries(authority *certificates.Authority) (err error) {
	pair, err := authority.Issue("registry")
	if err != nil {
		return err
	}
	storage := filepath.Join(world.directory, "registry", "storage")
	world.Open, err = registry.Start(filepath.Join(world.directory, "registry", "open"), storage, authority, pair, nil)
	if err != nil {
		return err
	}
	world.Protected, err = registry.Start(filepath.Join(world.directory, "registry", "protected"), storage, authority,
		pair, users)
	if err != nil {
		return err
	}
	_, err = world.Admin.Create("/api/v1/namespaces/"+shop+"/secrets", cluster.Object{
		"metadata": cluster.Object{"name": registryAuthority}, "stringData": cluster.Object{"ca.crt": string(authority.PEM)}})
	if err != nil {
		return err
	}
	home := filepath.Join(world.directory, "cosign")
	world.Cosign2 = registry.Cosign{Program: filepath.Join(*tools, "cosign2"), Version: 2, CAFile: authority.File, Home: home}
	world.Cosign3 = registry.Cosign{Program: filepath.Join(*tools, "cosign3"), Version: 3, CAFile: authority.File, Home: home}
	return nil
}

func pushImages() (err error) {
	keys := filepath.Join(world.directory, "cosign")
	if world.Key2, err = world.Cosign2.NewKey(keys, "release-2"); err != nil {
		return err
	}
	if world.Key3, err = world.Cosign3.NewKey(keys, "release-3"); err != nil {
		return err
	}
	if world.Stranger, err = world.Cosign2.NewKey(keys, "stranger"); err != nil {
		return err
	}
	for _, image := range []struct {
		name   string
		cosign *registry.Cosign
		key    registry.Key
	}{
		{signed2, &world.Cosign2, world.Key2},
		{signed3, &world.Cosign3, world.Key3},
		{strangersImage, &world.Cosign2, world.Stranger},
		{unsigned, nil, registry.Key{}},
		{unmatchedSigned, &world.Cosign2, world.Key2},
	} {
		if err := pushImage(image.name, image.cosign, image.key); err != nil {
			return err
		}
	}
	return nil
}

func pushImage(name string, cosign *registry.Cosign, key registry.Key) error {
	digest, err := world.Open.Push(name)
	if err != nil || cosign == nil {
		return err
	}
	return cosign.Sign(key, world.Open.Host, repositoryOf(name), digest)
}
