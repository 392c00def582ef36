// Package load asks an API server for admissions without a pause, and judges every answer.
package load

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/process"
)

// Want is what the answer about an image must be.
type Want int

// Either is for the time in which a policy is being replaced.
const (
	Either Want = iota
	Allowed
	Refused
)

// Wants is what holds for signed and for unsigned images.
type Wants struct{ Signed, Unsigned Want }

// Enforced is what holds while a policy is in force.
var Enforced = Wants{Signed: Allowed, Unsigned: Refused}

// Config says what is asked. Pods are created as dry runs, which are admitted like any and not stored.
type Config struct {
	Namespace        string
	Signed, Unsigned string // images
	Workers          int
	Pause            time.Duration // of each worker between two questions
}

// Outcome is what became of one question.
type Outcome string

const (
	Admitted Outcome = "admitted"
	Denied   Outcome = "denied"            // by the webhook, with a sentence
	Failed   Outcome = "webhook failed"    // the API server could not ask
	NoAnswer Outcome = "API server silent" // it could not be reached, or was not ready
)

// Answer is one that was wrong.
type Answer struct {
	Image      string
	Outcome    Outcome
	Message    string
	Start, End time.Time
	Warnings   []string
}

// Report counts all answers.
type Report struct {
	Counts map[Outcome]int // of those that were judged
	// Not judged: the policy was being replaced while they were in progress.
	Between         int
	WronglyAdmitted []Answer
	WronglyRefused  []Answer
	Worst           time.Duration // of those that were answered
	Duration        time.Duration
}

func (r Report) String() string {
	return fmt.Sprintf("%d admitted, %d denied, %d webhook failed, %d API server silent, %d while the policy "+
		"changed, in %.1f s, worst %d ms; wrongly admitted %d, wrongly refused %d",
		r.Counts[Admitted], r.Counts[Denied], r.Counts[Failed], r.Counts[NoAnswer], r.Between,
		r.Duration.Seconds(), r.Worst.Milliseconds(), len(r.WronglyAdmitted), len(r.WronglyRefused))
}

// Load runs until Stop.
type Load struct {
	api    *cluster.API
	config Config
	wants  atomic.Pointer[Wants]
	asked  atomic.Int64
	stop   chan struct{}
	done   sync.WaitGroup
	start  time.Time

	mu     sync.Mutex
	report Report
}

// Start begins to ask.
func Start(api *cluster.API, config Config, wants Wants) *Load {
	load := &Load{api: api, config: config, stop: make(chan struct{}), start: time.Now(),
		report: Report{Counts: map[Outcome]int{}}}
	load.wants.Store(&wants)
	for n := range config.Workers {
		load.done.Add(1)
		go load.work(n)
	}
	return load
}

// Expect changes what answers must be, for questions from now on; those in progress are not judged.
func (l *Load) Expect(wants Wants) { l.wants.Store(&wants) }

// Answered waits until so many more questions were answered, whatever the answers, and says whether they were by the
// limit.
func (l *Load) Answered(more int64, limit time.Duration) bool {
	enough := l.asked.Load() + more
	return process.Until(limit, func() bool { return l.asked.Load() >= enough })
}

// Stop ends it and gives what it found.
func (l *Load) Stop() Report {
	close(l.stop)
	l.done.Wait()
	l.report.Duration = time.Since(l.start)
	return l.report
}

func (l *Load) work(n int) {
	defer l.done.Done()
	for turn := n; ; turn++ {
		select {
		case <-l.stop:
			return
		case <-time.After(l.config.Pause):
		}
		l.ask(turn%2 == 0)
		l.asked.Add(1)
	}
}

func (l *Load) ask(signed bool) {
	answer := Answer{Image: l.config.Unsigned, Start: time.Now()}
	if signed {
		answer.Image = l.config.Signed
	}
	before := l.wants.Load()
	_, warnings, err := l.api.DoWarned("POST", "/api/v1/namespaces/"+l.config.Namespace+"/pods?dryRun=All",
		"application/json", Pod("load-", answer.Image))
	answer.End, answer.Warnings = time.Now(), warnings
	answer.Outcome, answer.Message = classify(err)
	l.count(answer, signed, before, l.wants.Load())
}

func (l *Load) count(answer Answer, signed bool, before, after *Wants) {
	l.mu.Lock()
	defer l.mu.Unlock()
	want := after.Unsigned
	if signed {
		want = after.Signed
	}
	if before != after || want == Either {
		l.report.Between++
		return
	}
	l.report.Counts[answer.Outcome]++
	if answer.Outcome == NoAnswer {
		return
	}
	l.report.Worst = max(l.report.Worst, answer.End.Sub(answer.Start))
	if want == Allowed && answer.Outcome != Admitted {
		l.report.WronglyRefused = append(l.report.WronglyRefused, answer)
	}
	if want == Refused && answer.Outcome == Admitted {
		l.report.WronglyAdmitted = append(l.report.WronglyAdmitted, answer)
	}
}

func classify(err error) (Outcome, string) {
	var status *cluster.StatusError
	switch {
	case err == nil:
		return Admitted, ""
	case !errors.As(err, &status):
		return NoAnswer, err.Error()
	case strings.Contains(status.Message, "denied the request"):
		return Denied, status.Message
	case strings.Contains(status.Message, "failed calling webhook"):
		return Failed, status.Message
	default:
		return NoAnswer, status.Message
	}
}

// Pod is one with a container of each image; its name begins with prefix.
func Pod(prefix string, images ...string) cluster.Object {
	var containers []any
	for n, image := range images {
		containers = append(containers, cluster.Object{"name": fmt.Sprintf("c%d", n), "image": image})
	}
	return cluster.Object{"apiVersion": "v1", "kind": "Pod", "metadata": cluster.Object{"generateName": prefix},
		"spec": cluster.Object{"containers": containers}}
}
