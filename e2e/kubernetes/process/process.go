// Package process runs programs beside this one that never outlive it.
package process

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// startLimit and stopLimit are long: the machine may be busy.
const (
	startLimit = 2 * time.Minute
	stopLimit  = 40 * time.Second
)

// pause is that of Until between two questions.
const pause = 5 * time.Millisecond

// Process is a program that runs until it is stopped. Its output goes to Log.
type Process struct {
	Name string
	Log  string

	command *exec.Cmd
	ended   chan struct{}
}

// The kernel sends the death signal when the thread ends that started a program, so all are started
// on one thread that stays as long as this process.
var (
	starterOnce sync.Once
	starts      = make(chan func())
)

func onLastingThread(start func() error) error {
	starterOnce.Do(func() {
		go func() {
			runtime.LockOSThread()
			for start := range starts {
				start()
			}
		}()
	})
	result := make(chan error)
	starts <- func() { result <- start() }
	return <-result
}

// Start runs arguments[0] with the rest, in a fresh environment with directory as home. The output
// is appended to directory/name.log; directory is made.
func Start(name, directory string, arguments []string, environment ...string) (*Process, error) {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, err
	}
	log := filepath.Join(directory, name+".log")
	output, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	command := exec.Command(arguments[0], arguments[1:]...)
	command.Env = append([]string{"PATH=/usr/bin:/bin", "HOME=" + directory}, environment...)
	command.Stdout, command.Stderr = output, output
	// A group of its own: Ctrl-C reaches only this process, which stops the others in order.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := onLastingThread(command.Start); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	process := &Process{Name: name, Log: log, command: command, ended: make(chan struct{})}
	go func() {
		command.Wait()
		close(process.ended)
	}()
	return process, nil
}

// Arguments are those of the program.
func (p *Process) Arguments() []string { return p.command.Args }

// Running says whether it has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Output is all that it and its predecessors of the same name wrote.
func (p *Process) Output() string {
	content, _ := os.ReadFile(p.Log)
	return string(content)
}

// WaitUntil asks until it is true, and gives up when the program ends.
func (p *Process) WaitUntil(what string, isTrue func() bool) error {
	holds := false
	if !Until(startLimit, func() bool {
		holds = isTrue()
		return holds || !p.Running()
	}) {
		return fmt.Errorf("%s was not %s within %v:\n%s", p.Name, what, startLimit, tail(p.Output()))
	}
	if !holds {
		return fmt.Errorf("%s ended before it was %s:\n%s", p.Name, what, tail(p.Output()))
	}
	return nil
}

// Until asks until it is true, and says whether it was by the limit. It asks once at least.
func Until(limit time.Duration, isTrue func() bool) bool {
	for deadline := time.Now().Add(limit); !isTrue(); time.Sleep(pause) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// Terminate asks it to end, without waiting for it.
func (p *Process) Terminate() { p.command.Process.Signal(syscall.SIGTERM) }

// Stop asks it to end and waits; an error if it had to be killed or its exit status is not 0.
func (p *Process) Stop() error {
	p.Terminate()
	select {
	case <-p.ended:
	case <-time.After(stopLimit):
		p.Kill()
		return fmt.Errorf("%s did not end within %v of SIGTERM", p.Name, stopLimit)
	}
	if status := p.command.ProcessState; !status.Success() {
		return fmt.Errorf("%s: %v:\n%s", p.Name, status, tail(p.Output()))
	}
	return nil
}

// Kill ends it at once.
func (p *Process) Kill() {
	p.command.Process.Kill()
	<-p.ended
}

// ResidentKiB is the memory that it holds now, and the most that it ever held.
func (p *Process) ResidentKiB() (now, most int, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for _, line := range strings.Split(string(status), "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		switch fields[0] {
		case "VmRSS:":
			now, err = strconv.Atoi(fields[1])
		case "VmHWM:":
			most, err = strconv.Atoi(fields[1])
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return now, most, nil
}

// Run runs a program to its end, with input, and returns what it wrote to each of its outputs.
func Run(input []byte, environment []string, arguments ...string) (stdout, stderr string, err error) {
	command := exec.Command(arguments[0], arguments[1:]...)
	command.Env = environment
	command.Stdin = bytes.NewReader(input)
	var out, errors bytes.Buffer
	command.Stdout, command.Stderr = &out, &errors
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := onLastingThread(command.Start); err != nil {
		return "", "", err
	}
	err = command.Wait()
	return out.String(), errors.String(), err
}

// DieWithParent ends this process, and so all that it started, when the one that started it ends.
func DieWithParent() {
	parent := os.Getppid()
	go func() {
		for os.Getppid() == parent {
			time.Sleep(500 * time.Millisecond)
		}
		os.Exit(1)
	}()
}

// The ports of FreeAddress: below those that the kernel gives to whoever asks for any (32768 and more), so that nobody
// else has one of them by chance, also while who listens there is ended and started again.
const firstPort, portCount = 12000, 20000

// Processes of this kind begin at different ones; none of them gives one twice.
var nextPort atomic.Uint32

func init() { nextPort.Store(uint32(os.Getpid()) * 97) }

// FreeAddress is a loopback address that nobody listens on now, nor has asked for here before.
func FreeAddress() (string, error) {
	var err error
	for range portCount {
		var listener net.Listener
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+nextPort.Add(1)%portCount)
		if listener, err = net.Listen("tcp", address); err == nil {
			return address, listener.Close()
		}
	}
	return "", err
}

// Accepts says whether somebody listens on address.
func Accepts(address string) bool {
	connection, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	return errors.Join(connection.Close()) == nil
}

func tail(text string) string {
	const most = 4000
	if len(text) > most {
		return "…" + text[len(text)-most:]
	}
	return text
}
