package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// cosign runs the real ones, of version 2 and 3, in a folder of their own.
type cosign struct {
	programs map[int]string
	versions map[int]string
	folder   string
	keys     string // of private keys, as PEM
	imported map[string]string
}

func newCosign(two, three, folder, keys string) *cosign {
	return &cosign{
		programs: map[int]string{2: two, 3: three},
		versions: map[int]string{2: version(two), 3: version(three)},
		folder:   folder,
		keys:     keys,
		imported: map[string]string{},
	}
}

// version is of the module that the program is of.
func version(program string) string { return must(buildinfo.ReadFile(program)).Main.Version }

// run returns what it said.
func (c *cosign) run(number int, environment []string, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, c.programs[number], arguments...)
	command.Dir = c.folder
	command.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + c.folder, "COSIGN_PASSWORD=",
		// Nobody is asked but what runs on loopback.
		"HTTPS_PROXY=http://127.0.0.1:1",
	}, environment...)
	if number == 2 {
		command.Env = append(command.Env, "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE="+filepath.Join(c.folder, "ct.pub"))
	}
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	err := command.Run()
	return said.String(), err
}

// key is the file of the private key in cosign's own encrypted form.
func (c *cosign) key(name string) string {
	if _, known := c.imported[name]; !known {
		said, err := c.run(2, nil, "import-key-pair", "--yes", "--key", filepath.Join(c.keys, name+".pem"),
			"--output-key-prefix", filepath.Join(c.folder, name))
		if err != nil {
			panic(said)
		}
		c.imported[name] = filepath.Join(c.folder, name+".key")
	}
	return c.imported[name]
}

// file writes what a flag is to name, and returns its path.
func (c *cosign) file(name string, content []byte) string {
	path := filepath.Join(c.folder, name)
	check(os.WriteFile(path, content, 0o600))
	return path
}

// inShort is a command as it may be committed: without paths, ports and tokens.
func (c *cosign) inShort(number int, arguments []string) string {
	words := []string{"cosign", c.versions[number]}
	for i, argument := range arguments {
		switch {
		case i > 0 && arguments[i-1] == "--identity-token":
			argument = "TOKEN"
		case strings.HasPrefix(argument, "http://"):
			argument = "URL"
		case strings.HasPrefix(argument, "127.0.0.1:"):
			argument = "IMAGE"
		case filepath.IsAbs(argument):
			argument = filepath.Base(argument)
		}
		words = append(words, argument)
	}
	return strings.Join(words, " ")
}

// lastWords is what cosign says in the end, in short.
func lastWords(said, image string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	last := strings.ReplaceAll(lines[len(lines)-1], image, "IMAGE")
	if len(last) > 300 {
		last = last[:300]
	}
	return last
}
