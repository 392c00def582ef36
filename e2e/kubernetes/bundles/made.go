package bundles

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Made is the bundle that hangs on the image of this name in the folder testdata/sigstore, by an identity.
func Made(folder, name string) (Bundle, error) {
	text, err := os.ReadFile(filepath.Join(folder, "images.json"))
	if err != nil {
		return Bundle{}, err
	}
	var images []struct {
		Name, Image string
		Evidence    []struct {
			Trust    string
			Identity struct{ Subject, Issuer string }
		}
		Blobs []string
	}
	if err := json.Unmarshal(text, &images); err != nil {
		return Bundle{}, err
	}
	for _, image := range images {
		if image.Name != name {
			continue
		}
		evidence := image.Evidence[0]
		for _, blob := range image.Blobs {
			if strings.HasPrefix(blob, `{"mediaType":"application/vnd.dev.sigstore.bundle`) {
				return Bundle{Name: name, Content: []byte(blob), Artifact: image.Image,
					Root:    filepath.Join(folder, evidence.Trust+"_root.json"),
					Subject: evidence.Identity.Subject, Issuer: evidence.Identity.Issuer}, nil
			}
		}
	}
	return Bundle{}, fmt.Errorf("%s: no image %s with a bundle", folder, name)
}
