package tests

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign.dev/e2e/kubernetes/cluster"
	"countersign.dev/e2e/kubernetes/countersign"
	"countersign.dev/e2e/kubernetes/load"
	"countersign.dev/e2e/kubernetes/process"
)

// A drill runs a constant load of signed and unsigned admissions while something goes wrong. Nothing
// may be wrongly admitted at any time, nor wrongly refused where a healthy replica exists.
type drill struct {
	*load.Load
	t *testing.T
	// Says whether a refusal cannot be avoided, whatever Countersign does.
	unavoidable func(load.Answer) bool
}

func startDrill(t *testing.T) *drill {
	t.Helper()
	basePolicy().enforce(t)
	awaitHealthy(t)
	d := &drill{t: t, unavoidable: func(load.Answer) bool { return false }}
	d.Load = load.Start(world.Admin, load.Config{Namespace: shop, Signed: open(signed2), Unsigned: open(unsigned),
		Workers: *workers, Pause: *pause}, load.Enforced)
	d.wait()
	return d
}

// wait lets the load run for a phase, and for so long that every worker has been answered.
func (d *drill) wait() {
	d.t.Helper()
	time.Sleep(*phase)
	if limit := 3 * settleLimit; !d.Answered(int64(4**workers), limit) {
		d.t.Errorf("the load was not answered within %v", limit)
	}
}

// end stops the load and judges it.
func (d *drill) end() {
	d.t.Helper()
	d.wait()
	report := d.Stop()
	d.t.Log(report)
	for n, answer := range report.WronglyAdmitted {
		if n < 5 {
			d.t.Errorf("wrongly admitted after %v: %s, warnings %v", answer.End.Sub(answer.Start), answer.Image, answer.Warnings)
		}
	}
	var avoidable []load.Answer
	for _, answer := range report.WronglyRefused {
		if !d.unavoidable(answer) {
			avoidable = append(avoidable, answer)
		}
	}
	if n := len(report.WronglyRefused) - len(avoidable); n > 0 {
		d.t.Logf("%d were refused, which could not be avoided", n)
	}
	for n, answer := range avoidable {
		if n < 5 {
			d.t.Errorf("wrongly refused after %v: %s", answer.End.Sub(answer.Start), answer.Message)
		}
	}
	if report.Counts[load.Admitted] == 0 || report.Counts[load.Denied] == 0 {
		d.t.Error("the load showed nothing: there were no admissions or no denials")
	}
	awaitHealthy(d.t)
}

// awaitHealthy waits until every process is ready and answers. Whether a shim has a connection to each verifier
// again is its own business: a call waits for one where there is none.
func awaitHealthy(t *testing.T) {
	t.Helper()
	for _, shim := range append(world.Probes, world.Shims...) {
		eventually(t, shim.Name+" answers well", func() bool {
			allowed, _, err := shim.Review(shop, open(signed2))
			return err == nil && allowed && shim.Ready()
		})
	}
	for _, verifier := range world.Verifiers {
		eventually(t, verifier.Name+" is ready", verifier.Ready)
	}
}

func mustStart(t *testing.T, start func() error) {
	t.Helper()
	if err := start(); err != nil {
		t.Fatal(err)
	}
}

func stop(t *testing.T, processes ...*process.Process) {
	t.Helper()
	for _, p := range processes {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestDrillAVerifierIsKilled(t *testing.T) {
	d := startDrill(t)
	for _, verifier := range world.Verifiers {
		verifier.Process.Kill()
		d.wait()
		mustStart(t, verifier.Start)
		d.wait()
		awaitHealthy(t)
	}
	d.end()
}

func TestDrillAllVerifiersAreRestartedOneAfterAnother(t *testing.T) {
	d := startDrill(t)
	for _, verifier := range world.Verifiers {
		stop(t, verifier.Process)
		mustStart(t, verifier.Start)
		awaitHealthy(t)
	}
	d.end()
}

func TestDrillAShimsConnectionsToItsVerifiersAreCut(t *testing.T) {
	d := startDrill(t)
	// One verifier after the other: there is always one to ask.
	for _, link := range world.Shims[0].Links {
		link.Cut()
		d.wait()
		link.Mend()
		awaitHealthy(t)
	}
	d.end()
}

func TestDrillAConnectionIsResetAgainAndAgain(t *testing.T) {
	d := startDrill(t)
	for range 10 {
		for _, shim := range world.Shims {
			shim.Links[0].Reset()
			time.Sleep(*phase / 20)
		}
	}
	d.end()
}

// The API server asks once: what was in progress in a shim that is killed is refused, and nothing else.
func TestDrillAShimIsKilled(t *testing.T) {
	d := startDrill(t)
	killed := map[int]time.Time{}
	// What is sent on a connection before the API server has seen its end is as lost as what was in progress: it is
	// told so by the connection. That nobody listens is another matter, and no excuse.
	const untilSeen = 500 * time.Millisecond // on a busy machine
	d.unavoidable = func(answer load.Answer) bool {
		isLost := answer.Outcome == load.Failed &&
			(strings.Contains(answer.Message, "EOF") || strings.Contains(answer.Message, "connection reset by peer"))
		for _, at := range killed {
			if answer.Outcome == load.Failed && answer.Start.Before(at) && answer.End.After(at.Add(-time.Second)) {
				return true
			}
			if isLost && answer.Start.Before(at.Add(untilSeen)) && answer.End.After(at) {
				return true
			}
		}
		return false
	}
	for n, shim := range world.Shims {
		shim.Process.Kill()
		killed[n] = time.Now()
		d.wait()
		mustStart(t, shim.Start)
		awaitHealthy(t)
	}
	d.end()
}

// As in a cluster: its endpoint goes when it is asked to end, and it answers what comes until then.
func TestDrillShimsAreReplacedOneAfterAnother(t *testing.T) {
	d := startDrill(t)
	for n, shim := range world.Shims {
		world.Serve(world.Shims[1-n])
		stop(t, shim.Process)
		d.wait()
		mustStart(t, shim.Start)
		world.Serve(world.Shims...)
		awaitHealthy(t)
	}
	d.end()
}

func TestDrillTheAPIServerIsRestarted(t *testing.T) {
	d := startDrill(t)
	world.APIServer.Kill()
	time.Sleep(*phase)
	for _, shim := range world.Probes {
		if allowed, _, err := shim.Review(shop, open(signed2)); err != nil || !allowed {
			t.Errorf("without the API server %s answers %v, %v to a signed image", shim.Name, allowed, err)
		}
		if allowed, _, err := shim.Review(shop, open(unsigned)); err != nil || allowed {
			t.Errorf("without the API server %s answers %v, %v to an unsigned image", shim.Name, allowed, err)
		}
	}
	for _, verifier := range world.Verifiers {
		eventually(t, verifier.Name+" stays ready and says that the API server is lost", func() bool {
			code, details, err := verifier.Ask("/readyz")
			if err != nil || code != http.StatusOK || !strings.Contains(details, "could not be read since") {
				return false
			}
			_, metrics, err := verifier.Ask("/metrics")
			return err == nil && strings.Contains(metrics, "\ncountersign_policy_readable 0\n")
		})
	}
	mustStart(t, world.StartAPIServer)
	d.wait()
	stranger := strangersPolicy()
	changePolicy(t, d, stranger, load.Wants{Unsigned: load.Refused}, noneHolds)
	changePolicy(t, d, basePolicy(), load.Wants{Unsigned: load.Refused}, load.Enforced)
	d.end()
}

// While a verifier cannot reach the API server, the policy changes and etcd forgets the changes; then
// the API server, restarted, answers 410 to the verifier's watch.
func TestDrillEtcdIsCompactedWhileAVerifierIsCutOff(t *testing.T) {
	d := startDrill(t)
	cut := world.Verifiers[0]
	cut.API.Cut()
	stranger := strangersPolicy()
	d.Expect(load.Wants{Unsigned: load.Refused})
	for range 3 {
		if _, err := stranger.write(); err != nil {
			t.Fatal(err)
		}
	}
	marker, err := stranger.write()
	if err != nil {
		t.Fatal(err)
	}
	settle(t, marker, world.Probes[1])
	revision, err := world.Compact()
	if err != nil {
		t.Fatal(err)
	}
	t.Log("etcd is compacted at revision ", revision)
	d.wait()
	// It keeps the last policy that it knows.
	if allowed, _, err := world.Probes[0].Review(shop, open(signed2)); err != nil || !allowed {
		t.Errorf("cut off, the verifier answers %v, %v to a signed image", allowed, err)
	}
	world.APIServer.Kill()
	mustStart(t, world.StartAPIServer)
	cut.API.Mend()
	settle(t, marker, world.Probes...)
	d.Expect(noneHolds)
	d.wait()
	changePolicy(t, d, basePolicy(), load.Wants{Unsigned: load.Refused}, load.Enforced)
	d.end()
}

// A registry that is down is no healthy one: signed images are refused meanwhile, unless a verifier
// remembers their signatures; afterwards all is as before.
func TestDrillTheRegistryIsRestarted(t *testing.T) {
	d := startDrill(t)
	d.Expect(load.Wants{Unsigned: load.Refused})
	world.Open.Process.Kill()
	d.wait()
	mustStart(t, world.Open.Resume)
	awaitHealthy(t)
	d.Expect(load.Enforced)
	d.end()
}

func TestDrillThePolicyIsChangedAndRemoved(t *testing.T) {
	d := startDrill(t)
	// While a policy comes to be, a pod that was let in unpinned without one is refused by the last word under it, and for
	// that alone.
	type window struct{ from, to time.Time }
	var appearing []window
	d.unavoidable = func(answer load.Answer) bool {
		if answer.Outcome != load.Denied || !strings.Contains(answer.Message, "another webhook set it after Countersign") {
			return false
		}
		for _, w := range appearing {
			if answer.Start.Before(w.to) && answer.End.After(w.from) {
				return true
			}
		}
		return false
	}
	stranger := strangersPolicy()
	for range 3 {
		changePolicy(t, d, stranger, load.Wants{Unsigned: load.Refused}, noneHolds)
		changePolicy(t, d, basePolicy(), load.Wants{Unsigned: load.Refused}, load.Enforced)
		d.Expect(load.Wants{Signed: load.Allowed})
		removePolicy(t)
		d.Expect(load.Wants{Signed: load.Allowed, Unsigned: load.Allowed})
		d.wait()
		from := time.Now()
		d.Expect(load.Wants{Signed: load.Allowed})
		basePolicy().enforce(t)
		appearing = append(appearing, window{from, time.Now()})
		d.Expect(load.Enforced)
		d.wait()
	}
	d.end()
}

// The authority is replaced, and with it every certificate: in steps between which what was written must
// come into use everywhere.
func TestDrillTheCertificatesAreRenewed(t *testing.T) {
	names := []string{"countersign-shim-tls", "countersign-verifier-tls", "countersign-shim-client-tls"}
	before := certificatesIn(t, names)
	d := startDrill(t)
	if err := world.RenewCertificates("--replace-authority", "--propagation-time=8s", "--wait=2m"); err != nil {
		t.Error(err)
	}
	d.wait()
	d.end()
	for name, certificate := range certificatesIn(t, names) {
		if certificate == before[name] {
			t.Errorf("the certificate in %s is as before", name)
		}
	}
	// New connections everywhere.
	world.Front.Reset()
	for _, shim := range append(world.Shims, world.Probes...) {
		for _, link := range shim.Links {
			link.Reset()
		}
	}
	awaitHealthy(t)
	mustApply(t, shop, workload("Pod", "after-renewal", open(signed2)))
}

func certificatesIn(t *testing.T, secrets []string) map[string]string {
	t.Helper()
	certificates := map[string]string{}
	for _, name := range secrets {
		secret, err := world.Admin.Get("/api/v1/namespaces/" + countersign.Namespace + "/secrets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		certificates[name] = cluster.Text(secret, "data", "tls.crt")
	}
	return certificates
}

// strangersPolicy is the usual one with a key that signed none of the images of the load.
func strangersPolicy() policySpec {
	policy := basePolicy()
	policy.keys = map[string]string{"release-2": world.Stranger.Public, "release-3": world.Stranger.Public}
	return policy
}

// noneHolds is what is wanted under that policy.
var noneHolds = load.Wants{Signed: load.Refused, Unsigned: load.Refused}

// changePolicy writes another policy. `during` is wanted until all verifiers hold to it, `after` from then.
func changePolicy(t *testing.T, d *drill, policy policySpec, during, after load.Wants) {
	t.Helper()
	d.Expect(during)
	policy.enforce(t)
	d.Expect(after)
	d.wait()
}
