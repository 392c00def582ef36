// countersign-verifier: the service that holds the policy and answers the verify API.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/program.h"
#include "base/signals.h"
#include "http/server/status_pages.h"
#include "http/server/statusz_server.h"
#include "verifier/assembly_flags.h"
#include "verifier/server_flags.h"
#include "verifier/serving/call_metrics.h"
#include "verifier/serving/grpc_server.h"
#include "verifier/serving/policy_differences.h"
#include "verifier/serving/recent_verdicts.h"
#include "verifier/statusz_page.h"
#include "verifier/trust/trust_keeper.h"
#include "verifier/trust/trust_report.h"
#include "verifier/trust_flags.h"
#include "verifier/verifier_assembly.h"

namespace countersign::verifier {
namespace {

// Kubernetes gives a pod 30 seconds between SIGTERM and SIGKILL: this long for calls in progress
// (the longest there can be). Look-ups that nobody waits for any more end at once after that, but
// for what the API server or a plugin is being asked.
constexpr absl::Duration kDrain = absl::Seconds(10);
constexpr int kStatuszPort = 9098;

struct Flags {
  VerifierAssembly::Options assembly{.trust = TrustKeeper::Options()};
  GrpcServer::Options server{.listen = "127.0.0.1:8090"};
  std::string status_listen;
  http::StatuszPort statusz;
  bool verbose = false;
};

void AddStatusFlags(CLI::App* app, Flags* flags) {
  http::AddStatusFlag(app, &flags->status_listen);
  http::AddStatuszFlag(app, kStatuszPort, &flags->statusz);
  app->add_flag("-v,--verbose", flags->verbose, "Log more.")->group("Serving");
}

// Tells the server's health that a policy has been read, whichever of the two comes first; and
// /readyz all that there is to say.
class ServingState {
 public:
  void PolicyRead() {
    absl::MutexLock lock(&mutex_);
    policy_read_ = true;
    if (server_ != nullptr) server_->SetServing(true);
  }
  void SetServer(GrpcServer* server) {
    absl::MutexLock lock(&mutex_);
    server_ = server;
    if (policy_read_) server_->SetServing(true);
  }
  // From now on nothing new is to be sent here.
  void StartDraining() {
    absl::MutexLock lock(&mutex_);
    server_ = nullptr;
    is_draining_ = true;
  }

  http::Readiness Check(const VerifierAssembly& assembly,
                        const PolicyDifferences& differences) const {
    absl::MutexLock lock(&mutex_);
    http::Readiness readiness = {.is_ready = assembly.PolicyStatus().ok() && !is_draining_,
                                 .details = assembly.DescribePolicies()};
    for (std::string& line : DescribeTrust(*assembly.trust_state()))
      readiness.details.push_back(std::move(line));
    for (std::string& line : differences.Describe()) readiness.details.push_back(std::move(line));
    if (is_draining_) readiness.details.push_back("the verifier is ending");
    return readiness;
  }

 private:
  mutable absl::Mutex mutex_;
  bool policy_read_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_draining_ ABSL_GUARDED_BY(mutex_) = false;
  GrpcServer* server_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

// What /statusz shows now.
StatuszFacts Facts(const VerifierAssembly& assembly, http::Readiness readiness,
                   const RecentVerdicts& recent, absl::Time started) {
  return {.now = base::Clock::Real().Now(),
          .started = started,
          .is_ready = readiness.is_ready,
          .details = std::move(readiness.details),
          .in_force = assembly.InForce(),
          .registries = assembly.registries(),
          .memories = assembly.memories(),
          .verdicts = recent.Newest()};
}

int Serve(const CLI::App& app, const Flags& flags) {
  const absl::Time started = base::Clock::Real().Now();
  base::Metrics metrics;
  ServingState state;
  RecentVerdicts recent;
  VerifierAssembly::Options assembly_options = flags.assembly;
  assembly_options.on_policy_read = [&state] { state.PolicyRead(); };
  assembly_options.report_policy_status = true;
  assembly_options.keeps_registries_warm = true;
  assembly_options.sigstore.is_on_if_any = false;  // what is enforced is said, and not found
  assembly_options.metrics = &metrics;
  absl::StatusOr<std::unique_ptr<VerifierAssembly>> assembly =
      VerifierAssembly::Create(assembly_options);
  if (!assembly.ok()) return base::RefuseToStart(app, assembly.status());
  CallMetrics call_metrics(&metrics);
  PolicyDifferences differences(&metrics);
  GrpcServer::Options server_options = flags.server;
  server_options.metrics = &call_metrics;
  server_options.differences = &differences;
  server_options.recent = &recent;
  server_options.policy_hash = [&] { return (*assembly)->policy_hash(); };
  server_options.review_settings = [&] { return (*assembly)->review_settings(); };
  absl::StatusOr<std::unique_ptr<GrpcServer>> server =
      GrpcServer::Start(server_options, &(*assembly)->verifier());
  if (!server.ok()) return base::RefuseToStart(app, server.status());
  (*server)->AddMetrics(&metrics);
  const auto check = [&] { return state.Check(**assembly, differences); };
  const absl::StatusOr<std::unique_ptr<http::StatusServer>> status_server =
      http::StartStatusPages({.listen = flags.status_listen,
                              .program = app.get_name(),
                              .certificates = {{"server", flags.server.tls.cert_file}},
                              .check_readiness = check},
                             &metrics);
  if (!status_server.ok()) return base::RefuseToStart(app, status_server.status());
  const absl::StatusOr<std::unique_ptr<http::StatuszServer>> statusz = http::StatuszServer::Start(
      flags.statusz, [&] { return WriteStatusz(Facts(**assembly, check(), recent, started)); });
  if (!statusz.ok()) return base::RefuseToStart(app, statusz.status());
  state.SetServer(server->get());
  http::LogServing("verifier", flags.server.listen, (*server)->port(), status_server->get(),
                   statusz->get());

  const int signal = base::WaitForShutdownSignal();
  base::LogInfo("verifier", "Ending: calls in progress are answered first.",
                {{"signal", absl::StrCat(signal)}});
  state.StartDraining();
  (*server)->Drain(base::In(kDrain));
  return 0;
}

int Main(int argc, char** argv) {
  base::BeginProgram();
  base::BlockShutdownSignals();
  Flags flags;
  const std::unique_ptr<CLI::App> app = base::MakeCommandLine(
      "countersign-verifier",
      "Decides whether container images may run: holds the image policy, fetches cosign signatures "
      "from registries and answers the gRPC API countersign.v1.Verifier.");
  AddServerFlags(app.get(), &flags.server);
  AddStatusFlags(app.get(), &flags);
  AddAssemblyFlags(app.get(), &flags.assembly);
  AddTagMemoryFlag(app.get(), &flags.assembly);
  AddStaleEvidenceFlag(app.get(), &flags.assembly);
  AddTrustFlags(app.get(), &*flags.assembly.trust);
  if (const std::optional<int> status = base::Parse(*app, argc, argv)) return *status;
  if (flags.verbose) base::SetMinimumLogLevel(base::LogLevel::kDebug);
  return Serve(*app, flags);
}

}  // namespace
}  // namespace countersign::verifier

int main(int argc, char** argv) { return countersign::verifier::Main(argc, argv); }
