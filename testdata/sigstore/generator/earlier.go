package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	pbtrust "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// earlier is what other runs have made and this one keeps. What they signed with is gone, so that what is added is
// signed by authorities and logs of its own, beside theirs in the trusted roots, as it is where a Sigstore gets new
// ones.
type earlier struct {
	images map[string]json.RawMessage // by name
	roots  map[string]*pbtrust.TrustedRoot
}

// readEarlier reads what is in the folder.
func readEarlier(folder string) *earlier {
	e := &earlier{images: map[string]json.RawMessage{}, roots: map[string]*pbtrust.TrustedRoot{}}
	var rows []json.RawMessage
	check(json.Unmarshal(must(os.ReadFile(filepath.Join(folder, "images.json"))), &rows))
	for _, row := range rows {
		var named struct {
			Name string `json:"name"`
		}
		check(json.Unmarshal(row, &named))
		e.images[named.Name] = row
	}
	for _, trust := range []string{"public", "private"} {
		e.roots[trust] = &pbtrust.TrustedRoot{}
		check(protojson.Unmarshal(must(os.ReadFile(filepath.Join(folder, trust+"_root.json"))), e.roots[trust]))
	}
	return e
}

// lacks is whether there is an image to be made.
func (e *earlier) lacks(wanted []image) bool {
	for _, one := range wanted {
		if e.images[one.name] == nil {
			return true
		}
	}
	return false
}

// newName is one by which the root trusts nobody yet.
func (e *earlier) newName(trust, name string) string {
	if number := len(e.roots[trust].GetCertificateAuthorities()); number > 0 {
		return fmt.Sprintf("%d.%s", number+1, name)
	}
	return name
}

// withRoot is the root that trusts whom it trusted, and whom the other one does.
func (e *earlier) withRoot(trust string, added []byte) []byte {
	var one, all pbtrust.TrustedRoot
	check(protojson.Unmarshal(added, &one))
	if e.roots[trust] != nil {
		proto.Merge(&all, e.roots[trust])
	}
	proto.Merge(&all, &one)
	return must(protojson.Marshal(&all))
}
