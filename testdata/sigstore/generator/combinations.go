package main

import "slices"

// place is where evidence lies, and in what form.
type place struct {
	name string // what the names of its images begin with
	api  bool
	// How cosign is told to put it there.
	put signing
	// Cosign puts it under the attestation tag.
	moved bool
	// Which of combinations there are of all keys in other groups.
	has []string
}

// There are no bundles under tags.
var places = []place{
	{name: "layer", api: true, put: signing{cosign: 2}, has: []string{"-certified-public"}},
	{name: "referring-layer", api: true, put: signing{cosign: 2, referring: true}},
	{name: "referring-fallback-layer", put: signing{cosign: 2, referring: true}},
	{name: "att", api: true, put: signing{cosign: 2, attest: "custom"}, has: []string{"-keys"}},
	{name: "referring-att", api: true, put: signing{cosign: 2, attest: "custom"}, moved: true},
	{name: "referring-fallback-att", put: signing{cosign: 2, attest: "custom"}, moved: true},
	{name: "bundle", api: true, put: signing{cosign: 3, bundle: true}, has: []string{"-keys", "-certified-public"}},
	{name: "bundle-fallback", put: signing{cosign: 3, bundle: true}},
	{name: "bundle-att", api: true, put: signing{cosign: 3, bundle: true, attest: "custom"}, has: []string{"-keys"}},
	{name: "bundle-att-fallback", put: signing{cosign: 3, bundle: true, attest: "custom"}},
}

// seen is by whom, and whether those are of the instance without logs.
type seen struct {
	by      witnesses
	private bool
}

var byPrivate = seen{by: onlyTSA, private: true}

// combinations are of each place what a key of each type signs in it: for itself, alone and seen by somebody, and
// certified by each instance. All keys sign the same image, each once.
func combinations() []image {
	var all []image
	for number, at := range places {
		var alone, witnessed, public, private []signing
		turns := map[bool]int{true: number, false: number}
		for _, key := range keyTypes {
			some := at.witnesses(key)
			turn := turns[signsSHA256(key)] % len(some)
			turns[signsSHA256(key)]++
			alone = append(alone, at.byKey(key, seen{}))
			witnessed = append(witnessed, at.byKey(key, some[turn]))
			public = append(public, at.certified(key, seen{by: at.log(key)}))
			private = append(private, at.certified(key, byPrivate))
		}
		keyless := at.byKey("", byPrivate)
		keyless.who = &userName
		add := func(name string, signings []signing) {
			if !slices.Contains(at.has, name) {
				all = append(all, image{name: at.name + name, api: at.api, moved: at.moved, signings: signings})
			}
		}
		add("-keys", alone)
		add("-keys-witnessed", witnessed)
		add("-certified-public", public)
		add("-certified-private", append(private, keyless))
	}
	return all
}

// log is the older log, or who else sees it where that takes nothing that is signed by such a key.
func (p place) log(key string) witnesses {
	switch {
	case signsSHA256(key), !p.put.bundle && p.put.attest == "":
		return oldLog
	case p.put.bundle:
		return newLogAndTSA
	default:
		return onlyTSA
	}
}

// witnesses are those that keys take turns with, so that in each place there is each, and each key is seen by both
// instances somewhere.
func (p place) witnesses(key string) []seen {
	switch {
	case !signsSHA256(key):
		return []seen{{by: p.log(key)}, {by: onlyTSA}, byPrivate}
	case p.put.bundle:
		return []seen{{by: oldLog}, {by: oldLogAndTSA}, {by: newLogAndTSA}, byPrivate}
	default:
		return []seen{{by: oldLog}, {by: oldLogAndTSA}, {by: onlyTSA}, byPrivate}
	}
}

func (p place) byKey(key string, seen seen) signing {
	one := p.put
	one.key, one.by, one.private = key, seen.by, seen.private
	if one.by.rekor1 && !signsSHA256(key) {
		one.cosign = 3 // 2 tells Rekor another hash than it signs
	}
	return one
}

// certified is for the key's owner.
func (p place) certified(key string, seen seen) signing {
	one := p.byKey(key, seen)
	who := owner(key)
	one.who, one.certificate = &who, attached // a layer is then without the chain, which is long
	if one.bundle {
		one.certificate = certificateFor(key)
	}
	return one
}
