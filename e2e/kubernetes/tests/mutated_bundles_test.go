package tests

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"countersign.dev/e2e/kubernetes/bundles"
)

// difference is one between what Countersign and Sigstore's library for Go take, as docs/behaviour.md has it.
type difference struct {
	name    string
	changes *regexp.Regexp // of which mutants
	holds   bool           // whether Countersign takes them, and the library does not; or the reverse
}

var differences = []difference{}

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

func TestOfMutatedBundlesCountersignAndSigstoresLibraryThinkAlike(t *testing.T) {
	all := goodBundles(t)
	seen := map[string]int{}
	verdicts := map[bool]int{}
	for i, original := range all {
		mustVerify(t, original, "")
		if err := original.AskSigstore(); err != nil {
			t.Errorf("%s: sigstore-go: %v", original.Name, err)
		}
		mutants, err := bundles.Mutants(original, all[(i+1)%len(all)])
		if err != nil {
			t.Fatal(err)
		}
		for _, mutant := range mutants {
			verdicts[compare(t, mutant, seen)]++
		}
	}
	t.Logf("%d mutants hold, %d do not", verdicts[true], verdicts[false])
	if verdicts[true] < 30 || verdicts[false] < 200 {
		t.Errorf("too few to tell: %v", verdicts)
	}
	for _, difference := range differences {
		if seen[difference.name] == 0 {
			t.Errorf("no mutant shows %q", difference.name)
		}
	}
}

// compare returns what Countersign says, and counts the difference that there is.
func compare(t *testing.T, mutant bundles.Mutant, seen map[string]int) bool {
	t.Helper()
	status, said := verifyBundle(t, mutant.Bundle, "")
	if status != 0 && status != 1 {
		t.Errorf("%s: %s: status %d: %s", mutant.Name, mutant.Change, status, said)
	}
	holds := status == 0
	theirs := mutant.AskSigstore()
	if holds == (theirs == nil) {
		return holds
	}
	for _, difference := range differences {
		if difference.holds == holds && difference.changes.MatchString(mutant.Change) {
			seen[difference.name]++
			return holds
		}
	}
	t.Errorf("%s: %s: Countersign: %s; sigstore-go: %v", mutant.Name, mutant.Change, strings.TrimSpace(said), theirs)
	return holds
}
