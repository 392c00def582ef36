package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"countersign.dev/e2e/kubernetes/bundles"
)

var findModules = sync.OnceValues(func() (bundles.Modules, error) { return bundles.FindModules(*goCommand) })

func modules(t *testing.T) bundles.Modules {
	t.Helper()
	found, err := findModules()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// verifyBundle asks Countersign about it; with artifact "" about what it is of.
func verifyBundle(t *testing.T, bundle bundles.Bundle, artifact string) (status int, said string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bundle.json")
	if err := os.WriteFile(file, bundle.Content, 0o644); err != nil {
		t.Fatal(err)
	}
	if artifact == "" {
		artifact = bundle.Artifact
	}
	arguments := []string{"verify-bundle", "--bundle", file}
	if bundle.Root != "" {
		arguments = append(arguments, "--trusted-root", bundle.Root)
	}
	if bundle.Key != "" {
		arguments = append(arguments, "--key", bundle.Key)
	} else {
		arguments = append(arguments, "--certificate-identity", bundle.Subject, "--certificate-oidc-issuer", bundle.Issuer)
	}
	return runCountersign(t, append(arguments, artifact)...)
}

func mustVerify(t *testing.T, bundle bundles.Bundle, artifact string) {
	t.Helper()
	if status, said := verifyBundle(t, bundle, artifact); status != 0 || !strings.HasPrefix(said, "verified ") {
		t.Errorf("%s: %d: %s", bundle.Name, status, said)
	}
}

func mustDeny(t *testing.T, bundle bundles.Bundle, artifact, why string) {
	t.Helper()
	status, said := verifyBundle(t, bundle, artifact)
	if status != 1 || !strings.HasPrefix(said, "denied ") || !strings.Contains(said, why) {
		t.Errorf("%s: not denied with %q: %d: %s", bundle.Name, why, status, said)
	}
}

func forEachRealBundle(t *testing.T, test func(*testing.T, bundles.Bundle)) {
	t.Helper()
	all, err := modules(t).Good()
	if err != nil {
		t.Fatal(err)
	}
	for _, bundle := range all {
		t.Run(bundle.Name, func(t *testing.T) { test(t, bundle) })
	}
}

func TestARealBundleIsOfWhoSignedIt(t *testing.T) {
	forEachRealBundle(t, func(t *testing.T, bundle bundles.Bundle) {
		mustVerify(t, bundle, "")
		if bundle.Public {
			bundle.Root = "" // the one that Countersign ships
			mustVerify(t, bundle, "")
		}
	})
}

func TestARealBundleIsOfNobodyElse(t *testing.T) {
	forEachRealBundle(t, func(t *testing.T, bundle bundles.Bundle) {
		if bundle.Key != "" {
			bundle.Key = filepath.Join(t.TempDir(), "stranger.pub")
			if err := os.WriteFile(bundle.Key, []byte(world.Stranger.Public), 0o644); err != nil {
				t.Fatal(err)
			}
			mustDeny(t, bundle, "", "key")
			return
		}
		other := bundle
		other.Subject += "x"
		mustDeny(t, other, "", bundle.Subject)
		other = bundle
		other.Issuer += "/"
		mustDeny(t, other, "", bundle.Issuer)
	})
}

func TestARealBundleIsOfNothingElse(t *testing.T) {
	forEachRealBundle(t, func(t *testing.T, bundle bundles.Bundle) {
		algorithm, hex, _ := strings.Cut(bundle.Artifact, ":")
		mustDeny(t, bundle, algorithm+":"+strings.Repeat("0", len(hex)), "")
	})
}

func TestARealBundleIsNothingByAnotherRoot(t *testing.T) {
	forEachRealBundle(t, func(t *testing.T, bundle bundles.Bundle) {
		if bundle.Public {
			bundle.Root = modules(t).OtherRoot()
		} else {
			bundle.Root = ""
		}
		mustDeny(t, bundle, "", "log")
	})
}

func TestARealBundleIsOfTheFileItself(t *testing.T) {
	bundle, err := modules(t).Blob()
	if err != nil {
		t.Fatal(err)
	}
	mustVerify(t, bundle, modules(t).BlobFile())
	mustDeny(t, bundle, bundle.Root, "")
}

// Which Sigstore's specification of bundles forbids: what is trusted is not for the signer to bring along.
func TestARootInARealBundleRefusesIt(t *testing.T) {
	all, err := modules(t).WithRoot()
	if err != nil {
		t.Fatal(err)
	}
	for _, bundle := range all {
		t.Run(bundle.Name, func(t *testing.T) {
			mustDeny(t, bundle, "", "root")
			bundle.Content = withTheSignersCertificateAlone(t, bundle.Content)
			mustVerify(t, bundle, "")
		})
	}
}

func withTheSignersCertificateAlone(t *testing.T, content []byte) []byte {
	t.Helper()
	var bundle map[string]any
	if err := json.Unmarshal(content, &bundle); err != nil {
		t.Fatal(err)
	}
	chain := bundle["verificationMaterial"].(map[string]any)["x509CertificateChain"].(map[string]any)
	chain["certificates"] = chain["certificates"].([]any)[:1]
	content, err := json.Marshal(bundle)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
