package tests

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/countersign"
)

// What is measured is printed as tables for docs/measurements.md; nothing here passes or fails by time.
var (
	measure     = flag.Bool("measure", false, "measure, too")
	times       = flag.Int("times", 50, "how many changes of the policy are measured")
	rest        = flag.Duration("rest", 2*time.Minute, "how long the requests at rest are counted")
	accounts    = flag.Int("accounts", 5000, "how many service accounts are seen")
	mostPattern = flag.Int("patterns", 10000, "how many patterns the largest policy has")
)

func onlyWhenMeasuring(t *testing.T) {
	if !*measure {
		t.Skip("without -measure")
	}
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("\n%s (load of the machine: %s)\n\n", t.Name(), strings.TrimSpace(string(load)))
}

func TestMeasureHowSoonAPolicyIsEnforced(t *testing.T) {
	onlyWhenMeasuring(t)
	basePolicy().enforce(t)
	var durations []time.Duration
	for range *times {
		start := time.Now()
		marker, err := basePolicy().write()
		if err != nil {
			t.Fatal(err)
		}
		settleAll(t, marker)
		durations = append(durations, time.Since(start))
		time.Sleep(100 * time.Millisecond)
	}
	slices.Sort(durations)
	fmt.Printf("| from an API write of the policy until both verifiers hold to it | ms |\n|---|---|\n"+
		"| median of %d | %d |\n| worst of %d | %d |\n", *times, durations[len(durations)/2].Milliseconds(),
		*times, durations[len(durations)-1].Milliseconds())
}

// settleAll is settle for all probes at the same time.
func settleAll(t *testing.T, marker string) {
	var all sync.WaitGroup
	for _, shim := range world.Probes {
		all.Go(func() { settle(t, marker, shim) })
	}
	all.Wait()
}

func TestMeasureWhatIsAskedOfTheAPIServerAtRest(t *testing.T) {
	onlyWhenMeasuring(t)
	basePolicy().enforce(t)
	time.Sleep(10 * time.Second) // what the change brought about
	var before []int64
	for _, verifier := range world.Verifiers {
		before = append(before, verifier.API.BytesToServer.Load(), verifier.API.BytesToClient.Load())
	}
	start := time.Now()
	time.Sleep(*rest)
	minutes := time.Since(start).Minutes()
	fmt.Printf("| of the API server, a minute at rest | verifier-0 | verifier-1 |\n|---|---|---|\n")
	for n, name := range []string{"bytes to it, with TLS", "bytes from it, with TLS"} {
		counts := []int64{world.Verifiers[0].API.BytesToServer.Load(), world.Verifiers[1].API.BytesToServer.Load()}
		if n == 1 {
			counts = []int64{world.Verifiers[0].API.BytesToClient.Load(), world.Verifiers[1].API.BytesToClient.Load()}
		}
		fmt.Printf("| %s | %.0f | %.0f |\n", name, float64(counts[0]-before[n])/minutes, float64(counts[1]-before[2+n])/minutes)
	}
	requests := requestsSince(t, start)
	total := 0
	for _, count := range requests {
		total += count
	}
	fmt.Printf("| requests of both, a minute | %.1f | |\n", float64(total)/minutes)
	for request, count := range requests {
		fmt.Printf("| - %s | %.1f | |\n", request, float64(count)/minutes)
	}
}

// requestsSince counts by verb and resource what service accounts of Countersign's namespace asked.
func requestsSince(t *testing.T, start time.Time) map[string]int {
	file, err := os.Open(world.AuditLog)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	counts := map[string]int{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var event cluster.Object
		if json.Unmarshal(lines.Bytes(), &event) != nil ||
			!strings.HasPrefix(cluster.Text(event, "user", "username"), "system:serviceaccount:"+countersign.Namespace) {
			continue
		}
		received, err := time.Parse(time.RFC3339Nano, cluster.Text(event, "requestReceivedTimestamp"))
		if err == nil && received.After(start) {
			counts[cluster.Text(event, "verb")+" "+cluster.Text(event, "objectRef", "resource")+" "+
				cluster.Text(event, "objectRef", "subresource")]++
		}
	}
	return counts
}

func TestMeasureMemory(t *testing.T) {
	onlyWhenMeasuring(t)
	fmt.Printf("| resident memory, MiB (most ever) | verifier | its shim |\n|---|---|---|\n")
	for _, patterns := range []int{1, *mostPattern / 10, *mostPattern} {
		writePatterns(t, patterns)
		verifier, shim := newPair(t, fmt.Sprintf("measured-%d", patterns))
		review(t, shim, "default")
		printMemory(t, fmt.Sprintf("%d patterns", patterns), verifier, shim)
		if patterns == 1 {
			for n := range *accounts {
				makeAccount(t, fmt.Sprintf("account-%d", n))
				review(t, shim, fmt.Sprintf("account-%d", n))
			}
			printMemory(t, fmt.Sprintf("1 pattern, and %d service accounts seen", *accounts), verifier, shim)
		}
		stop(t, shim.Process, verifier.Process)
	}
	basePolicy().enforce(t)
}

func newPair(t *testing.T, name string) (*countersign.Verifier, *countersign.Shim) {
	verifier, err := world.NewVerifier("verifier-" + name)
	if err != nil {
		t.Fatal(err)
	}
	shim, err := world.NewShim("shim-"+name, verifier)
	if err != nil {
		t.Fatal(err)
	}
	return verifier, shim
}

func review(t *testing.T, shim *countersign.Shim, account string) {
	allowed, _, err := shim.ReviewAs(account, shop, open(signed2))
	if err != nil || !allowed {
		t.Fatalf("a signed image is answered %v, %v", allowed, err)
	}
}

func makeAccount(t *testing.T, name string) {
	_, err := world.Admin.Create("/api/v1/namespaces/"+shop+"/serviceaccounts",
		cluster.Object{"metadata": cluster.Object{"name": name}})
	if err != nil {
		t.Fatal(err)
	}
}

// writePatterns makes a policy of so many, the last of which matches the signed image.
func writePatterns(t *testing.T, count int) {
	policy := basePolicy()
	policy.images = nil
	for n := range count - 1 {
		policy.images = append(policy.images, rule(fmt.Sprintf("registry-%d.example.org/team-%d/*", n%97, n), "release-2"))
	}
	policy.images = append(policy.images, rule(world.Open.Host+"/shop/*", "release-2"))
	object := policy.object()
	current, err := world.Admin.Get(policyPath)
	if err != nil {
		t.Fatal(err)
	}
	object["metadata"].(cluster.Object)["resourceVersion"] = cluster.Text(current, "metadata", "resourceVersion")
	if _, err := world.Admin.Replace(policyPath, object); err != nil {
		t.Fatal(err)
	}
}

func printMemory(t *testing.T, what string, verifier *countersign.Verifier, shim *countersign.Shim) {
	now, most, err := verifier.Process.ResidentKiB()
	if err != nil {
		t.Fatal(err)
	}
	shimNow, shimMost, err := shim.Process.ResidentKiB()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("| %s | %.1f (%.1f) | %.1f (%.1f) |\n", what, float64(now)/1024, float64(most)/1024,
		float64(shimNow)/1024, float64(shimMost)/1024)
}

func TestMeasureStartToReady(t *testing.T) {
	onlyWhenMeasuring(t)
	basePolicy().enforce(t)
	const starts = 10
	var verifiers, shims []time.Duration
	for range starts {
		stop(t, world.Shims[0].Process, world.Verifiers[0].Process)
		start := time.Now()
		mustStart(t, world.Verifiers[0].Start)
		verifiers = append(verifiers, time.Since(start))
		start = time.Now()
		mustStart(t, world.Shims[0].Start)
		shims = append(shims, time.Since(start))
	}
	slices.Sort(verifiers)
	slices.Sort(shims)
	fmt.Printf("| from its start until it is ready, ms | verifier | shim |\n|---|---|---|\n| median of %d | %d | %d |\n"+
		"| worst of %d | %d | %d |\n", starts, verifiers[starts/2].Milliseconds(), shims[starts/2].Milliseconds(),
		starts, verifiers[starts-1].Milliseconds(), shims[starts-1].Milliseconds())
	awaitHealthy(t)
}
