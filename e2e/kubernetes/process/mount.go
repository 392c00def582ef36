package process

import (
	"os/exec"
	"path"
	"strings"
)

// What is given to a shell with names of its own for mounts: /run is an empty one, and in it, $2 is what $1 is.
const mountScript = `set -e
mount -t tmpfs none /run
mkdir -p "$2"
mount --bind "$1" "$2"
shift 2
exec "$@"`

// own is a command line in front of another, whose mounts then are its own. unshare(1) runs it in its place, so
// signals and the end are those of the program.
var own = []string{"/usr/bin/unshare", "--map-root-user", "--mount", "--"}

// CanMount says whether this machine lets a program have mounts of its own.
func CanMount() bool {
	return exec.Command(own[0], append(own[1:], "/bin/mount", "-t", "tmpfs", "none", "/run")...).Run() == nil
}

// WithMount is a command line for arguments, which find the folder source at target, below /run or /var/run.
func WithMount(source, target string, arguments []string) []string {
	target = path.Join("/", strings.TrimPrefix(target, "/var"))
	line := append([]string{}, own...)
	line = append(line, "/bin/sh", "-c", mountScript, "sh", source, target)
	return append(line, arguments...)
}
