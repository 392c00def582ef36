// countersign-shim: the HTTPS process that answers the API server's AdmissionReviews.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/program.h"
#include "base/signals.h"
#include "http/server/respond.h"
#include "http/server/server.h"
#include "http/server/status_pages.h"
#include "http/server/statusz_server.h"
#include "kube/admission/admission_review.h"
#include "shim/decision.h"
#include "shim/grpc_verifier_client.h"
#include "shim/policy_webhook.h"
#include "shim/recent_reviews.h"
#include "shim/review_metrics.h"
#include "shim/routes.h"
#include "shim/server_flags.h"
#include "shim/statusz_page.h"
#include "shim/verifier_client_flags.h"
#include "shim/webhook.h"
#include "shim/webhook_flags.h"

namespace countersign::shim {
namespace {

// How long others need to see that the shim is not ready, and to leave the connections that they
// have; and then requests in progress to end.
constexpr absl::Duration kUnreadyBeforeDrain = absl::Seconds(2);
constexpr absl::Duration kDrain = absl::Seconds(12);
constexpr int kStatuszPort = 9099;

struct Flags {
  http::Server::Options server{.listen = "127.0.0.1:8443",
                               .max_body_bytes = kube::kMaxReviewBytes,
                               .made_per_body_byte = Routes::kMadePerReviewByte,
                               .max_made_bytes = Routes::kMaxMadeBytes,
                               .io_threads = 2};
  GrpcVerifierClient::Options verifier;
  AdmissionRules rules;
  std::string status_listen;
  http::StatuszPort statusz;
  bool verbose = false;
};

void AddStatusFlags(CLI::App* app, Flags* flags) {
  http::AddStatusFlag(app, &flags->status_listen);
  http::AddStatuszFlag(app, kStatuszPort, &flags->statusz);
  app->add_flag("-v,--verbose", flags->verbose, "Log admissions, too, not only denials.")
      ->group("Serving");
}

// What /statusz shows now.
StatuszFacts Facts(const Flags& flags, const Routes& routes, const GrpcVerifierClient& verifier,
                   const http::Server& server, const Webhook& webhook) {
  http::Readiness readiness = routes.CheckStatus();
  return {.is_ready = readiness.is_ready,
          .details = std::move(readiness.details),
          .target = flags.verifier.target,
          .connection = verifier.ConnectionState(),
          .verifiers = verifier.Peers(),
          .places = {{"images that verifiers are asked about, or that wait for that",
                      webhook.images_in_progress(), webhook.max_images()},
                     {"bytes of requests and what is made of them", server.request_memory(),
                      flags.server.max_request_memory}}};
}

void AddMetrics(const http::Server& server, const Webhook& webhook, base::Metrics* metrics) {
  server.AddMetrics("countersign_", metrics);
  metrics->SampleGauge("countersign_images_in_progress",
                       "Images that verifiers are being asked about, or that wait for that.", {},
                       [&webhook] { return webhook.images_in_progress(); });
}

// Returns when what was in progress then has been answered.
void ServeUntilSignal(Routes& routes, http::Server& server) {
  const int signal = base::WaitForShutdownSignal();
  base::LogInfo("shim", "Ending: requests in progress are answered first.",
                {{"signal", absl::StrCat(signal)}});
  routes.StartDraining();
  server.RetireConnections();
  absl::SleepFor(kUnreadyBeforeDrain);
  server.Drain(base::In(kDrain));
}

int Serve(const CLI::App& app, const Flags& flags) {
  const absl::Time started = base::Clock::Real().Now();
  base::Metrics metrics;
  RecentReviews recent;
  ReviewMetrics review_metrics(&metrics);
  absl::StatusOr<std::unique_ptr<GrpcVerifierClient>> verifier =
      GrpcVerifierClient::Create(flags.verifier);
  if (!verifier.ok()) return base::RefuseToStart(app, verifier.status());
  Webhook webhook(verifier->get(), {.rules = flags.rules,
                                    .logs_admissions = flags.verbose,
                                    .metrics = &review_metrics,
                                    .recent = &recent});
  const PolicyWebhook policy_webhook(verifier->get());
  Routes routes(&webhook, &policy_webhook,
                [&verifier](absl::Time deadline) { return (*verifier)->CheckHealth(deadline); });
  absl::StatusOr<std::unique_ptr<http::Server>> server =
      http::Server::Start(flags.server, [&routes](http::ServerRequest request, http::Reply reply) {
        routes.Handle(std::move(request), std::move(reply));
      });
  if (!server.ok()) return base::RefuseToStart(app, server.status());
  const absl::StatusOr<std::unique_ptr<http::StatusServer>> status_server =
      http::StartStatusPages({.listen = flags.status_listen,
                              .program = app.get_name(),
                              .certificates = {{"server", flags.server.tls_cert_file},
                                               {"client", flags.verifier.cert_file}},
                              .check_readiness = [&] { return routes.CheckStatus(); }},
                             &metrics);
  if (!status_server.ok()) return base::RefuseToStart(app, status_server.status());
  const absl::StatusOr<std::unique_ptr<http::StatuszServer>> statusz =
      http::StatuszServer::Start(flags.statusz, [&] {
        StatuszFacts facts = Facts(flags, routes, **verifier, **server, webhook);
        facts.now = base::Clock::Real().Now();
        facts.started = started;
        facts.reviews = recent.Newest();
        return WriteStatusz(facts);
      });
  if (!statusz.ok()) return base::RefuseToStart(app, statusz.status());
  AddMetrics(**server, webhook, &metrics);
  http::LogServing("shim", flags.server.listen, (*server)->port(), status_server->get(),
                   statusz->get());
  ServeUntilSignal(routes, **server);
  return 0;
}

int Main(int argc, char** argv) {
  base::BeginProgram();
  base::BlockShutdownSignals();
  Flags flags;
  const std::unique_ptr<CLI::App> app = base::MakeCommandLine(
      "countersign-shim",
      "Answers the Kubernetes API server's AdmissionReviews: asks a verifier whether the images of "
      "an object may run, and admits or denies it.");
  AddServerFlags(app.get(), &flags.server);
  AddStatusFlags(app.get(), &flags);
  AddVerifierClientFlags(app.get(), &flags.verifier, "verifier")->required();
  AddWebhookFlags(app.get(), &flags.rules);
  if (const std::optional<int> status = base::Parse(*app, argc, argv)) return *status;
  if (flags.verbose) base::SetMinimumLogLevel(base::LogLevel::kDebug);
  return Serve(*app, flags);
}

}  // namespace
}  // namespace countersign::shim

int main(int argc, char** argv) { return countersign::shim::Main(argc, argv); }
