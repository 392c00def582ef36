package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"countersign.dev/e2e/kubernetes/registry"
)

const (
	provenance = "slsaprovenance1"
	otherType  = "vuln"
)

// keyed is an image that one version of cosign has signed or attested by its key.
type keyed struct {
	by       registry.Cosign
	key      registry.Key
	attested bool
	bundled  bool
}

func (k keyed) String() string {
	what, form := "signed", "layer"
	if k.attested {
		what = "attested"
	}
	if k.bundled {
		form = "bundle"
	}
	return fmt.Sprintf("%s-by-cosign-%d-%s", what, k.by.Version, form)
}

// push returns its digest in the repository.
func (k keyed) push(t *testing.T, repository string) string {
	t.Helper()
	digest, err := world.Open.Push(repository + ":" + k.String())
	if err != nil {
		t.Fatal(err)
	}
	host := world.Open.Host
	switch {
	case k.attested:
		predicate := filepath.Join(t.TempDir(), "predicate.json")
		text := `{"buildDefinition": {"buildType": "https://example.org/build/v1", "externalParameters": {}},` +
			` "runDetails": {"builder": {"id": "https://example.org/builder"}}}`
		if err := os.WriteFile(predicate, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		err = k.by.Attest(k.key, k.bundled, provenance, predicate, host, repository, digest)
	case k.bundled:
		err = k.by.SignWithBundle(k.key, host, repository, digest)
	default:
		err = k.by.Sign(k.key, host, repository, digest)
	}
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// answer is what is expected of everybody who is asked for evidence of this type (of a signature: "") by a key.
type answer struct {
	what          string
	key           registry.Key
	predicateType string
	holds         bool
	cosignHolds   bool // for cosign, where it is another
}

func (k keyed) answers() []answer {
	if !k.attested {
		return []answer{
			{what: "a signature by its key", key: k.key, holds: true, cosignHolds: true},
			{what: "a signature by another key", key: world.Stranger},
			{what: "an attestation", key: k.key, predicateType: provenance},
		}
	}
	return []answer{
		{what: "an attestation by its key", key: k.key, predicateType: provenance, holds: true, cosignHolds: true},
		{what: "an attestation by another key", key: world.Stranger, predicateType: provenance},
		{what: "an attestation of another type", key: k.key, predicateType: otherType},
		// docs/behaviour.md, "stricter than cosign".
		{what: "a signature", key: k.key, cosignHolds: k.bundled},
	}
}

func TestCosignAndCountersignAnswerAlike(t *testing.T) {
	for _, by := range []struct {
		cosign registry.Cosign
		key    registry.Key
	}{{world.Cosign2, world.Key2}, {world.Cosign3, world.Key3}} {
		for _, attested := range []bool{false, true} {
			for _, bundled := range []bool{false, true} {
				made := keyed{by.cosign, by.key, attested, bundled}
				t.Run(made.String(), func(t *testing.T) {
					t.Parallel()
					compareAnswers(t, made)
				})
			}
		}
	}
}

func compareAnswers(t *testing.T, made keyed) {
	const repository = "shop/compared"
	digest := made.push(t, repository)
	for _, answer := range made.answers() {
		for _, cosign := range []registry.Cosign{world.Cosign2, world.Cosign3} {
			holds, err := cosign.Verify(answer.key, answer.predicateType, "../../../testdata/sigstore/public_root.json",
				world.Open.Host, repository, digest)
			if err != nil || holds != answer.cosignHolds {
				t.Errorf("%s: cosign %d: %t, %v", answer.what, cosign.Version, holds, err)
			}
		}
		arguments := []string{"verify"}
		if answer.predicateType != "" {
			arguments = []string{"verify-attestation", "--type", answer.predicateType}
		}
		status, said := runCountersign(t, append(arguments, "--key", answer.key.PublicFile,
			world.Open.Host+"/"+repository+"@"+digest)...)
		if holds := status == 0; holds != answer.holds || status > 1 {
			t.Errorf("%s: Countersign: %d: %s", answer.what, status, said)
		}
	}
}
