package bundles

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
)

// AskSigstore is what Sigstore's library for Go says of it, with the demands that the library's own program for the
// conformance suite has: a log entry; a timestamp if the bundle has any and the root an authority for them; of an
// identity a time and an SCT. nil: it holds.
func (b Bundle) AskSigstore() (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("sigstore-go panics: %v", reason)
		}
	}()
	var entity bundle.Bundle
	if err := entity.UnmarshalJSON(b.Content); err != nil {
		return err
	}
	material, who, err := b.trust()
	if err != nil {
		return err
	}
	demands, err := b.demands(&entity, material)
	if err != nil {
		return err
	}
	algorithm, text, _ := strings.Cut(b.Artifact, ":")
	digest, err := hex.DecodeString(text)
	if err != nil {
		return err
	}
	verifier, err := verify.NewVerifier(material, demands...)
	if err != nil {
		return err
	}
	_, err = verifier.Verify(&entity, verify.NewPolicy(verify.WithArtifactDigest(algorithm, digest), who))
	return err
}

func (b Bundle) trust() (root.TrustedMaterial, verify.PolicyOption, error) {
	trusted, err := root.NewTrustedRootFromPath(b.Root)
	if err != nil {
		return nil, nil, err
	}
	if b.Key == "" {
		identity, err := verify.NewShortCertificateIdentity(b.Issuer, "", b.Subject, "")
		return trusted, verify.WithCertificateIdentity(identity), err
	}
	pem, err := os.ReadFile(b.Key)
	if err != nil {
		return nil, nil, err
	}
	key, err := cryptoutils.UnmarshalPEMToPublicKey(pem)
	if err != nil {
		return nil, nil, err
	}
	keys := root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		verifier, err := signature.LoadDefaultVerifier(key)
		return root.NewExpiringKey(verifier, time.Time{}, time.Time{}), err
	})
	return root.TrustedMaterialCollection{keys, trusted}, verify.WithKey(), nil
}

func (b Bundle) demands(entity *bundle.Bundle, material root.TrustedMaterial) ([]verify.VerifierOption, error) {
	var demands []verify.VerifierOption
	if b.Key == "" {
		demands = append(demands, verify.WithSignedCertificateTimestamps(1))
	}
	timestamps, err := entity.Timestamps()
	if err != nil {
		return nil, err
	}
	if len(timestamps) > 0 && len(material.TimestampingAuthorities()) > 0 {
		demands = append(demands, verify.WithSignedTimestamps(1))
	}
	if len(material.RekorLogs()) > 0 {
		demands = append(demands, verify.WithTransparencyLog(1))
		if entity.HasInclusionPromise() {
			demands = append(demands, verify.WithIntegratedTimestamps(1))
		}
	}
	return demands, nil
}
