package bundles

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

const (
	material = "verificationMaterial"
	entries  = "tlogEntries"
	chain    = "x509CertificateChain"
	message  = "messageSignature"
	envelope = "dsseEnvelope"
)

// exchanges put parts of another bundle in the place of its own, all members of one meaning at once.
func exchanges(original, another Bundle) ([]change, error) {
	of, err := parse(another.Content)
	if err != nil {
		return nil, err
	}
	its, _ := of.(map[string]any)[material].(map[string]any)
	exchange := func(what string, place path, from map[string]any, names ...string) change {
		return change{what: what + " of another", place: place, edit: func(value any) any {
			members := value.(map[string]any)
			for _, name := range names {
				delete(members, name)
				if member, is := from[name]; is {
					members[name] = member
				}
			}
			return members
		}}
	}
	return []change{
		exchange("content", nil, of.(map[string]any), message, envelope),
		exchange("signer", path{material}, its, chain, "certificate", "publicKey"),
		exchange("log entries", path{material}, its, entries),
		exchange("timestamps", path{material}, its, "timestampVerificationData"),
	}, nil
}

// forms are ways of writing that clients do not have, and what may be beside the evidence.
func forms(original, _ Bundle) ([]change, error) {
	tree, err := parse(original.Content)
	if err != nil {
		return nil, err
	}
	its := tree.(map[string]any)[material].(map[string]any)
	changes := mediaTypes()
	changes = append(changes,
		change{what: "an unknown member", edit: with("unknown", nil)},
		change{what: "a name in snake case", edit: renamed(material, "verification_material")})
	if _, is := its[entries]; is {
		changes = append(changes, entryForms(its[entries].([]any)[0].(map[string]any))...)
	}
	if _, is := its[chain]; is {
		more, err := longerChains(original.Root)
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	if data, is := its["timestampVerificationData"].(map[string]any); is {
		changes = append(changes, contentTypes(data["rfc3161Timestamps"].([]any))...)
	}
	if _, is := tree.(map[string]any)[message]; is {
		changes = append(changes, change{what: "an algorithm by its number", place: path{message, "messageDigest"},
			edit: with("algorithm", json.Number("1"))})
	}
	return changes, nil
}

// contentTypes tell of each timestamp that what it signs is something else than a timestamp.
func contentTypes(timestamps []any) []change {
	ofTimestamps := []byte{6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 9, 16, 1, 4} // id-ct-TSTInfo, RFC 3161
	var changes []change
	for i, timestamp := range timestamps {
		der, err := base64.StdEncoding.DecodeString(timestamp.(map[string]any)[token].(string))
		if at := bytes.Index(der, ofTimestamps); err == nil && at >= 0 {
			der[at+len(ofTimestamps)-1]++
			changes = append(changes, change{what: "a timestamp of another content type",
				place: path{material, "timestampVerificationData", "rfc3161Timestamps", i},
				edit:  with(token, base64.StdEncoding.EncodeToString(der))})
		}
	}
	return changes
}

func mediaTypes() []change {
	var changes []change
	for _, text := range []string{"+json;version=0.1", "+json;version=0.2", "+json; version=0.2", ".v0.3+json",
		".v0.3.1+json", ".v0.4+json"} {
		changes = append(changes, change{what: "media type " + text,
			edit: with("mediaType", "application/vnd.dev.sigstore.bundle"+text)})
	}
	return changes
}

func entryForms(entry map[string]any) []change {
	first := path{material, entries, 0}
	body := entry["canonicalizedBody"].(string)
	unpadded := strings.TrimRight(body, "=")
	changes := []change{
		{what: "body without padding", place: first, edit: with("canonicalizedBody", unpadded)},
		{what: "body in lines", place: first, edit: with("canonicalizedBody", body[:64]+"\n"+body[64:])},
		{what: "body with a space", place: first, edit: with("canonicalizedBody", body[:64]+" "+body[64:])},
		{what: "index as a number", place: first, edit: with("logIndex", json.Number(fmt.Sprint(entry["logIndex"])))},
		{what: "index with a fraction", place: first,
			edit: with("logIndex", json.Number(fmt.Sprint(entry["logIndex"], ".0")))},
		{what: "index after a zero", place: first, edit: with("logIndex", "0"+fmt.Sprint(entry["logIndex"]))},
		{what: "one of an unknown log beside it", place: path{material, entries}, edit: func(list any) any {
			other := map[string]any{}
			for name, value := range entry {
				other[name] = value
			}
			other["logId"] = map[string]any{"keyId": base64.StdEncoding.EncodeToString(make([]byte, 32))}
			return append(list.([]any), other)
		}},
	}
	if _, is := entry["integratedTime"]; !is {
		changes = append(changes, change{what: "a time that nobody signs", place: first, edit: with("integratedTime", "1")})
	}
	if proof, is := entry["inclusionProof"].(map[string]any); is && proof["checkpoint"] != nil {
		checkpoint := append(first, "inclusionProof", "checkpoint")
		note := proof["checkpoint"].(map[string]any)["envelope"].(string)
		changes = append(changes,
			change{what: "a witness's line in the checkpoint", place: checkpoint,
				edit: with("envelope", note+"— witness.example.org "+base64.StdEncoding.EncodeToString(make([]byte, 76))+"\n")},
			change{what: "line ends of two characters in the checkpoint", place: checkpoint,
				edit: with("envelope", strings.ReplaceAll(note, "\n", "\r\n"))})
	}
	return changes
}

// longerChains add certificates of the authority that issued the signer's.
func longerChains(rootFile string) ([]change, error) {
	content, err := os.ReadFile(rootFile)
	if err != nil {
		return nil, err
	}
	var trusted struct {
		CertificateAuthorities []struct {
			CertChain struct{ Certificates []any }
		}
	}
	if err := json.Unmarshal(content, &trusted); err != nil {
		return nil, err
	}
	authorities := trusted.CertificateAuthorities
	issuers := authorities[len(authorities)-1].CertChain.Certificates
	longer := func(what string, more ...any) change {
		return change{what: what, place: path{material, chain, "certificates"}, edit: func(list any) any {
			return append(list.([]any), more...)
		}}
	}
	return []change{longer("a chain with the intermediate", issuers[0]), longer("a chain with the root", issuers...)}, nil
}

func with(name string, value any) func(any) any {
	return func(members any) any {
		members.(map[string]any)[name] = value
		return members
	}
}

func renamed(name, to string) func(any) any {
	return func(members any) any {
		tree := members.(map[string]any)
		tree[to] = tree[name]
		delete(tree, name)
		return tree
	}
}
