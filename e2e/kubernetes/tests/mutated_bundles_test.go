package tests

import (
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"countersign.dev/e2e/kubernetes/bundles"
)

// difference is one between what Countersign and Sigstore's library for Go take. docs/behaviour.md has its name.
type difference struct {
	name    string
	holds   bool           // whether Countersign takes what the library does not, or the reverse
	mutants *regexp.Regexp // which show it: NAME: CHANGE
}

var differences = []difference{
	{"a kind or a version of a log entry that is not its body's", false,
		regexp.MustCompile(`kindVersion\.(kind|version): `)},
	{"an index, a size or a root in a proof of Rekor 2 that is not the entry's or the checkpoint's", false,
		regexp.MustCompile(`rekor2.*inclusionProof\.(logIndex|treeSize|rootHash): `)},
	{"a body of Rekor 2 that is not what was logged", false, regexp.MustCompile(`rekor2.*canonicalizedBody: a bit`)},
	{"a root certificate in a chain", false, regexp.MustCompile(`: a chain with the root$`)},
	{"other spellings of JSON: names in snake case, numbers for algorithms, integers with a fraction, base64 in lines", false,
		regexp.MustCompile(`: (a name in snake case|an algorithm by its number|index with a fraction|body in lines)$`)},
	{"media types such as `application/vnd.dev.sigstore.bundle.v0.3.1+json`", false,
		regexp.MustCompile(`: media type \.v0\.3\.1\+json$`)},
	{"a timestamp whose CMS is not as RFC 5652 and RFC 3161 have it", false,
		regexp.MustCompile(`: a timestamp of another content type$|signedTimestamp: a bit`)},
	{"any `keyid` in an envelope", true, regexp.MustCompile(`signatures\[0\]\.keyid: `)},
	{"a signature of a file without `messageDigest`", true, regexp.MustCompile(`messageDigest: left out$`)},
	{"lines of others in a checkpoint of Rekor 1", true, regexp.MustCompile(`: a witness's line in the checkpoint$`)},
	{"an `integratedTime` of Rekor 2, whatever it says", true, regexp.MustCompile(`rekor2.*: a time that nobody signs$`)},
}

func TestTheDocumentsNameEachDifferenceFromSigstoresLibrary(t *testing.T) {
	document, err := os.ReadFile("../../../docs/behaviour.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, difference := range differences {
		if !strings.Contains(string(document), "\n| "+difference.name+" |") {
			t.Errorf("docs/behaviour.md has no %q", difference.name)
		}
	}
}

// goodBundles are of each version, by keys and identities, of files and statements, seen by each kind of witness.
func goodBundles(t *testing.T) []bundles.Bundle {
	t.Helper()
	var all []bundles.Bundle
	for _, read := range []func() (bundles.Bundle, error){
		modules(t).Provenance, modules(t).Publication, modules(t).Blob, modules(t).Attestation,
		func() (bundles.Bundle, error) {
			return bundles.Made("../../../testdata/sigstore", "bundle-keyless-rekor2-tsa")
		},
	} {
		bundle, err := read()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, bundle)
	}
	return all
}

// verdicts are counted, by what Countersign said and by the difference that there was.
type verdicts struct {
	sync.Mutex
	holding, refused int
	differing        map[string]int
}

func TestOfMutatedBundlesCountersignAndSigstoresLibraryThinkAlike(t *testing.T) {
	all := goodBundles(t)
	found := verdicts{differing: map[string]int{}}
	t.Run("of", func(t *testing.T) {
		for i, original := range all {
			mutants, err := bundles.Mutants(original, all[(i+1)%len(all)])
			if err != nil {
				t.Fatal(err)
			}
			t.Run(original.Name, func(t *testing.T) {
				t.Parallel()
				if holds := found.compare(t, bundles.Mutant{Bundle: original, Change: "nothing"}); !holds {
					t.Errorf("%s does not hold", original.Name)
				}
				for _, mutant := range mutants {
					found.compare(t, mutant)
				}
			})
		}
	})
	t.Logf("%d hold, %d do not", found.holding, found.refused)
	if found.holding < 30 || found.refused < 200 {
		t.Errorf("too few to tell: %d hold, %d do not", found.holding, found.refused)
	}
	for _, difference := range differences {
		if found.differing[difference.name] == 0 {
			t.Errorf("nothing shows %q", difference.name)
		}
	}
}

// compare returns what Countersign says.
func (v *verdicts) compare(t *testing.T, mutant bundles.Mutant) bool {
	t.Helper()
	status, said := verifyBundle(t, mutant.Bundle, "")
	theirs := mutant.AskSigstore()
	v.Lock()
	defer v.Unlock()
	holds := status == 0
	if holds {
		v.holding++
	} else {
		v.refused++
	}
	name := mutant.Name + ": " + mutant.Change
	if status > 1 {
		t.Errorf("%s: status %d: %s", name, status, said)
	}
	if holds == (theirs == nil) {
		return holds
	}
	for _, difference := range differences {
		if difference.holds == holds && difference.mutants.MatchString(name) {
			v.differing[difference.name]++
			return holds
		}
	}
	t.Errorf("%s: Countersign: %s; sigstore-go: %v", name, strings.TrimSpace(said), theirs)
	return holds
}
