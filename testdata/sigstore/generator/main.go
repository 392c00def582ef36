// Makes ../images.json and the trusted roots: images signed by the real cosign, with certificates, logs and timestamps
// of a Sigstore of its own, made of Sigstore's libraries for Go. ../make.sh runs it. With --missing it keeps the images
// that there are, as they are.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// imageData is what is committed of an image.
type imageData struct {
	Name     string      `json:"name"`
	Image    string      `json:"image"`
	API      bool        `json:"api"`
	Evidence []*evidence `json:"evidence"`
	contents
}

func main() {
	two := flag.String("cosign2", "", "the program, version 2")
	three := flag.String("cosign3", "", "the program, version 3")
	keys := flag.String("keys", "", "the folder with private keys")
	scratch := flag.String("scratch", "", "an empty folder")
	output := flag.String("output", "", "the folder to write to")
	missing := flag.Bool("missing", false, "keep the images in the output, and make those that are not there")
	flag.Parse()

	before := &earlier{}
	if *missing {
		before = readEarlier(*output)
	}
	if !before.lacks(images()) {
		return
	}
	identities := everybody()
	signer := &signer{
		cosign: newCosign(*two, *three, *scratch, *keys),
		instances: map[string]*instance{
			"public":  newInstance(before.newName("public", "sigstore.test"), true, identities),
			"private": newInstance(before.newName("private", "private.test"), false, identities),
		},
	}
	for name, instance := range signer.instances {
		root := before.withRoot(name, instance.trustedRoot())
		check(os.WriteFile(signer.trustedRoot(name), root, 0o600))
		check(os.WriteFile(filepath.Join(*output, name+"_root.json"), indented(root), 0o644))
	}
	writePublicKey(filepath.Join(*scratch, "ct.pub"), signer.instances["public"].authority.ctLog.Public())

	registries := map[bool]*testRegistry{true: newTestRegistry(true), false: newTestRegistry(false)}
	var made []any
	for _, wanted := range images() {
		if kept := before.images[wanted.name]; kept != nil {
			made = append(made, kept)
		} else if data := makeImage(signer, registries[wanted.api], wanted); data != nil {
			made = append(made, data)
		}
	}
	check(os.WriteFile(filepath.Join(*output, "images.json"), oneALine(made), 0o644))
}

// makeImage makes it with all that hangs on it; nil, and says why, if cosign does not do that.
func makeImage(signer *signer, registry *testRegistry, wanted image) *imageData {
	reference := registry.push(wanted.name)
	data := &imageData{Name: wanted.name, Image: reference.DigestStr(), API: wanted.api}
	if wanted.foreign {
		attachForeign(reference)
	}
	for _, signing := range wanted.signings {
		made, said := signer.sign(reference, signing)
		if made == nil {
			fmt.Fprintf(os.Stderr, "%s: not made: %s\n", wanted.name, lastWords(said, reference.String()))
			return nil
		}
		data.Evidence = append(data.Evidence, made)
	}
	if wanted.moved {
		registry.moveAttestations(reference)
	}
	for i, signing := range wanted.signings {
		if signing.referring && len(wanted.signings) > 1 {
			continue // of several such manifests cosign reads any one
		}
		says := signer.ask(reference, signing, data.Evidence[i], wanted.moved)
		data.Evidence[i].CosignRefuses = says
		if says != "" {
			fmt.Fprintf(os.Stderr, "%s: cosign: %s\n", wanted.name, says)
		}
	}
	data.contents = registry.read(reference)
	fmt.Fprintf(os.Stderr, "%s\n", wanted.name)
	return data
}

func indented(text []byte) []byte {
	var wide bytes.Buffer
	check(json.Indent(&wide, text, "", "  "))
	wide.WriteByte('\n')
	return wide.Bytes()
}

// oneALine is an array, of which each line has one.
func oneALine(made []any) []byte {
	var text bytes.Buffer
	for i, data := range made {
		text.WriteString(map[bool]string{true: "[", false: ","}[i == 0])
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		check(encoder.Encode(data))
	}
	text.WriteString("]\n")
	return text.Bytes()
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
