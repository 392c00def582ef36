package main

import "github.com/sigstore/fulcio/pkg/certificate"

// What the certificates of a workflow say; made up, as are the others.
var workflow = identity{
	uri: "https://github.com/example/app/.github/workflows/release.yml@refs/tags/v1.2.3",
	extensions: certificate.Extensions{
		Issuer:                              "https://token.actions.githubusercontent.com",
		GithubWorkflowTrigger:               "push",
		GithubWorkflowSHA:                   "0123456789abcdef0123456789abcdef01234567",
		GithubWorkflowName:                  "Release",
		GithubWorkflowRepository:            "example/app",
		GithubWorkflowRef:                   "refs/tags/v1.2.3",
		BuildSignerURI:                      "https://github.com/example/app/.github/workflows/release.yml@refs/tags/v1.2.3",
		BuildSignerDigest:                   "0123456789abcdef0123456789abcdef01234567",
		RunnerEnvironment:                   "github-hosted",
		SourceRepositoryURI:                 "https://github.com/example/app",
		SourceRepositoryDigest:              "0123456789abcdef0123456789abcdef01234567",
		SourceRepositoryRef:                 "refs/tags/v1.2.3",
		SourceRepositoryIdentifier:          "101",
		SourceRepositoryOwnerURI:            "https://github.com/example",
		SourceRepositoryOwnerIdentifier:     "202",
		BuildConfigURI:                      "https://github.com/example/app/.github/workflows/release.yml@refs/tags/v1.2.3",
		BuildConfigDigest:                   "0123456789abcdef0123456789abcdef01234567",
		BuildTrigger:                        "push",
		RunInvocationURI:                    "https://github.com/example/app/actions/runs/303/attempts/1",
		SourceRepositoryVisibilityAtSigning: "public",
	},
}

var (
	person = identity{
		email:      "jane@example.org",
		extensions: certificate.Extensions{Issuer: "https://accounts.example.org"},
	}
	// As registry.k8s.io's images are signed.
	serviceAccount = identity{
		email:      "krel-trust@k8s-releng-prod.iam.gserviceaccount.com",
		extensions: certificate.Extensions{Issuer: "https://accounts.google.com"},
	}
	userName = identity{
		userName:   "jane!example.org",
		extensions: certificate.Extensions{Issuer: "https://login.example.org"},
	}
)

// owner is whom the certificate of a key names that signs beside others.
func owner(key string) identity {
	return identity{email: key + "@example.org", extensions: person.extensions}
}

// everybody are by the subject in their token.
func everybody() map[string]identity {
	identities := map[string]identity{}
	add := func(who identity) { identities[who.subject()] = who }
	for _, who := range []identity{workflow, person, serviceAccount, userName} {
		add(who)
	}
	for _, key := range keyTypes {
		add(owner(key))
	}
	return identities
}

// named are those of the extensions that tests ask for.
func named(extensions certificate.Extensions) map[string]string {
	if extensions.SourceRepositoryURI == "" {
		return nil
	}
	return map[string]string{
		"githubWorkflowTrigger": extensions.GithubWorkflowTrigger,
		"sourceRepositoryURI":   extensions.SourceRepositoryURI,
		"sourceRepositoryRef":   extensions.SourceRepositoryRef,
		"runnerEnvironment":     extensions.RunnerEnvironment,
	}
}

// Who has seen what.
var (
	nobody       = witnesses{}
	oldLog       = witnesses{rekor1: true}
	oldLogAndTSA = witnesses{rekor1: true, timestamp: true}
	newLogAndTSA = witnesses{rekor2: true, timestamp: true}
	onlyTSA      = witnesses{timestamp: true}
)

func (w witnesses) String() string {
	text := ""
	if w.rekor1 {
		text += "-rekor1"
	}
	if w.rekor2 {
		text += "-rekor2"
	}
	if w.timestamp {
		text += "-tsa"
	}
	return text
}

// image is one, in a repository of its own, with all that is to hang on it.
type image struct {
	name     string
	api      bool // whether its registry has an API for referrers
	signings []signing
	// Something else refers to it.
	foreign bool
	// What lies under the attestation tag is made to refer to it.
	moved bool
}

var keyTypes = []string{"ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "rsa-3072", "rsa-4096", "ed25519"}

func images() []image {
	var all []image
	for _, group := range [][]image{bundles(), bundlesOfEachKey(), signatureLayers(), attestations(), several(), combinations()} {
		all = append(all, group...)
	}
	return all
}

// bundles are cosign 3's signatures, by whoever may have seen them.
func bundles() []image {
	var all []image
	for _, by := range []witnesses{nobody, oldLog, oldLogAndTSA, newLogAndTSA, onlyTSA} {
		byKey := signing{cosign: 3, bundle: true, key: "ecdsa-p256", by: by}
		all = append(all, image{name: "bundle-key" + by.String(), api: true, signings: []signing{byKey}})
		if by != nobody {
			keyless := signing{cosign: 3, bundle: true, who: &workflow, by: by}
			all = append(all, image{name: "bundle-keyless" + by.String(), api: true, signings: []signing{keyless}})
		}
	}
	byTag := func(name string, one signing) { all = append(all, image{name: name, signings: []signing{one}}) }
	byTag("bundle-fallback-key", signing{cosign: 3, bundle: true, key: "ecdsa-p256"})
	byTag("bundle-fallback-keyless-rekor1", signing{cosign: 3, bundle: true, who: &person, by: oldLog})
	byTag("bundle-fallback-keyless-rekor2-tsa", signing{cosign: 3, bundle: true, who: &userName, by: newLogAndTSA})
	byTag("bundle-cosign2-key", signing{cosign: 2, bundle: true, key: "ecdsa-p256"})
	byTag("bundle-cosign2-key-rekor1", signing{cosign: 2, bundle: true, key: "ecdsa-p256", by: oldLog})
	byTag("bundle-cosign2-keyless-rekor1-tsa", signing{cosign: 2, bundle: true, who: &workflow, by: oldLogAndTSA})
	byTag("bundle-private-keyless-tsa", signing{cosign: 3, bundle: true, who: &workflow, by: onlyTSA, private: true})
	return all
}

// signsSHA256 is whether cosign signs the SHA-256 of what it signs with such a key.
func signsSHA256(key string) bool {
	return largerHashes[key] == "" && key != "ed25519"
}

// certificateFor is where that of such a key comes from, which cosign does not have certified if it is of Ed25519.
func certificateFor(key string) string {
	if key == "ed25519" {
		return attached
	}
	return issued
}

// bundlesOfEachKey are cosign 3's signatures by keys of each type, certified or not.
func bundlesOfEachKey() []image {
	var all []image
	for _, key := range keyTypes {
		for _, by := range []witnesses{nobody, oldLog, newLogAndTSA} {
			if by == oldLog && !signsSHA256(key) {
				continue // Rekor 1 takes no envelope that is signed so
			}
			byKey := signing{cosign: 3, bundle: true, key: key, by: by}
			all = append(all, image{name: "bundle-" + key + by.String(), api: true, signings: []signing{byKey}})
			if by != nobody {
				certified := signing{cosign: 3, bundle: true, key: key, certificate: certificateFor(key), who: &person, by: by}
				all = append(all, image{name: "bundle-certified-" + key + by.String(), api: true, signings: []signing{certified}})
			}
		}
	}
	return all
}

// signatureLayers are under the signature tag, or refer to the image.
func signatureLayers() []image {
	var all []image
	for _, by := range []witnesses{nobody, oldLog, oldLogAndTSA, onlyTSA} {
		byKey := signing{cosign: 2, key: "ecdsa-p256", by: by}
		all = append(all, image{name: "layer-key" + by.String(), api: true, signings: []signing{byKey}})
		if by != nobody {
			keyless := signing{cosign: 2, who: &workflow, by: by}
			all = append(all, image{name: "layer-keyless" + by.String(), api: true, signings: []signing{keyless}})
		}
	}
	for _, key := range keyTypes[1:] {
		version := 2
		if !signsSHA256(key) {
			version = 3 // 2 tells Rekor another hash than it signs
		}
		byKey := signing{cosign: version, key: key, by: oldLog}
		certified := signing{cosign: version, key: key, certificate: certificateFor(key), who: &person, by: oldLog}
		all = append(all,
			image{name: "layer-" + key + "-rekor1", api: true, signings: []signing{byKey}},
			image{name: "layer-certified-" + key + "-rekor1", api: true, signings: []signing{certified}})
	}
	add := func(name string, api bool, one signing) {
		all = append(all, image{name: name, api: api, signings: []signing{one}})
	}
	add("layer-certified-ecdsa-p256-rekor1", true, signing{cosign: 2, key: "ecdsa-p256", certificate: issued, who: &person, by: oldLog})
	add("layer-service-account-rekor1", true, signing{cosign: 2, who: &serviceAccount, by: oldLog})
	add("layer-private-keyless-tsa", true, signing{cosign: 2, who: &workflow, by: onlyTSA, private: true})
	add("layer-annotated-key", true, signing{cosign: 2, key: "ecdsa-p256", extra: []string{"-a", "environment=production"}})
	add("layer-cosign3-key-rekor1", true, signing{cosign: 3, key: "ecdsa-p256", by: oldLog})
	add("layer-cosign3-keyless-rekor1-tsa", true, signing{cosign: 3, who: &workflow, by: oldLogAndTSA})
	for _, api := range []bool{true, false} {
		place := map[bool]string{true: "referring-", false: "referring-fallback-"}[api]
		add(place+"layer-key", api, signing{cosign: 2, referring: true, key: "ecdsa-p256"})
		add(place+"layer-key-rekor1-tsa", api, signing{cosign: 2, referring: true, key: "ecdsa-p256", by: oldLogAndTSA})
		add(place+"layer-keyless-rekor1", api, signing{cosign: 2, referring: true, who: &workflow, by: oldLog})
	}
	return all
}

// attestations are of each storage.
func attestations() []image {
	var all []image
	add := func(name string, api bool, one signing) {
		all = append(all, image{name: name, api: api, signings: []signing{one}})
	}
	for _, by := range []witnesses{nobody, oldLog, oldLogAndTSA, newLogAndTSA, onlyTSA} {
		if !by.rekor2 {
			add("att-key"+by.String(), true, signing{cosign: 2, attest: "slsaprovenance1", key: "ecdsa-p256", by: by})
		}
		add("bundle-att-key"+by.String(), true, signing{cosign: 3, bundle: true, attest: "vuln", key: "ecdsa-p256", by: by})
		if by != nobody {
			if !by.rekor2 {
				add("att-keyless"+by.String(), true, signing{cosign: 2, attest: "vuln", who: &workflow, by: by})
			}
			add("bundle-att-keyless"+by.String(), true, signing{cosign: 3, bundle: true, attest: "slsaprovenance1", who: &workflow, by: by})
		}
	}
	for _, key := range keyTypes[1:] {
		add("att-"+key, true, signing{cosign: 2, attest: "custom", key: key})
		add("bundle-att-"+key, true, signing{cosign: 3, bundle: true, attest: "custom", key: key})
	}
	add("att-intoto-key-rekor1", true, signing{cosign: 2, attest: "custom", key: "ecdsa-p256", by: oldLog, entry: "intoto"})
	add("att-intoto-keyless-rekor1", true, signing{cosign: 2, attest: "spdxjson", who: &person, by: oldLog, entry: "intoto"})
	add("att-own-type-key", true, signing{cosign: 2, attest: "https://example.org/audit/v1", key: "rsa-2048"})
	add("att-private-keyless-tsa", true, signing{cosign: 2, attest: "slsaprovenance1", who: &workflow, by: onlyTSA, private: true})
	add("att-cosign3-key", true, signing{cosign: 3, attest: "custom", key: "ecdsa-p256"})
	add("att-cosign3-keyless-rekor1-tsa", true, signing{cosign: 3, attest: "slsaprovenance1", who: &workflow, by: oldLogAndTSA})
	add("bundle-att-fallback-keyless-rekor1", false, signing{cosign: 3, bundle: true, attest: "spdxjson", who: &person, by: oldLog})
	add("bundle-att-cosign2-key", false, signing{cosign: 2, bundle: true, attest: "custom", key: "ecdsa-p256"})
	// As GitHub attests private repositories.
	add("bundle-att-private-keyless-tsa", true, signing{cosign: 3, bundle: true, attest: "slsaprovenance1", who: &workflow, by: onlyTSA, private: true})
	for _, api := range []bool{true, false} {
		place := map[bool]string{true: "referring-", false: "referring-fallback-"}[api]
		byKey := signing{cosign: 3, attest: "custom", key: "ecdsa-p256"}
		keyless := signing{cosign: 3, attest: "slsaprovenance1", who: &workflow, by: oldLogAndTSA}
		all = append(all,
			image{name: place + "att-key", api: api, moved: true, signings: []signing{byKey}},
			image{name: place + "att-keyless-rekor1-tsa", api: api, moved: true, signings: []signing{keyless}})
	}
	return all
}

// several hang on one image, in each kind of registry, and something that is nobody's business.
func several() []image {
	var all []image
	for _, api := range []bool{true, false} {
		place := map[bool]string{true: "several", false: "several-fallback"}[api]
		all = append(all, image{name: place, api: api, foreign: true, signings: []signing{
			{cosign: 2, key: "ecdsa-p256"},
			{cosign: 2, who: &person, by: oldLog},
			{cosign: 2, who: &serviceAccount, by: oldLog},
			{cosign: 2, attest: "vuln", who: &workflow, by: oldLog},
			{cosign: 2, attest: "custom", key: "rsa-2048"},
			{cosign: 3, bundle: true, key: "ecdsa-p384"},
			{cosign: 3, bundle: true, who: &workflow, by: newLogAndTSA},
			{cosign: 3, bundle: true, attest: "slsaprovenance1", who: &workflow, by: oldLog},
		}})
	}
	return all
}
