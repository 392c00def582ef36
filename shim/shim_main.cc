// countersign-shim: the HTTPS process that answers the API server's AdmissionReviews.

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/core_dump.h"
#include "base/grpc_log.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/signals.h"
#include "base/version.h"
#include "http/server/certificate_metrics.h"
#include "http/server/server.h"
#include "http/server/status_server.h"
#include "kube/admission/admission_review.h"
#include "shim/grpc_verifier_client.h"
#include "shim/policy_webhook.h"
#include "shim/review_metrics.h"
#include "shim/routes.h"
#include "shim/server_flags.h"
#include "shim/verifier_client_flags.h"
#include "shim/webhook.h"
#include "shim/webhook_flags.h"

namespace countersign::shim {
namespace {

constexpr int kUsageError = 2;
// How long others need to see that the shim is not ready, and to leave the connections that they
// have; and then requests in progress to end.
constexpr absl::Duration kUnreadyBeforeDrain = absl::Seconds(2);
constexpr absl::Duration kDrain = absl::Seconds(12);

struct Flags {
  http::Server::Options server{.listen = "127.0.0.1:8443",
                               .max_body_bytes = kube::kMaxReviewBytes,
                               .made_per_body_byte = Routes::kMadePerReviewByte,
                               .max_made_bytes = Routes::kMaxMadeBytes};
  GrpcVerifierClient::Options verifier;
  Webhook::Options webhook;
  std::string status_listen;
  bool verbose = false;
};

void AddStatusFlags(CLI::App* app, Flags* flags) {
  constexpr char kGroup[] = "Serving";
  app->add_option("--status-listen", flags->status_listen,
                  "Address and port to serve /livez, /readyz and /metrics on, by plain HTTP. Off "
                  "unless given.")
      ->type_name("ADDRESS")
      ->group(kGroup);
  app->add_flag("-v,--verbose", flags->verbose, "Log admissions, too, not only denials.")
      ->group(kGroup);
}

int RefuseToStart(const absl::Status& why) {
  std::fprintf(stderr, "countersign-shim: %s\n", std::string(why.message()).c_str());
  return kUsageError;
}

// Null: none is wanted.
absl::StatusOr<std::unique_ptr<http::StatusServer>> StartStatusServer(const Flags& flags,
                                                                      const Routes& routes,
                                                                      base::Metrics* metrics) {
  if (flags.status_listen.empty()) return nullptr;
  metrics
      ->Gauge("countersign_build_info", "Always 1; which program and version this is.",
              {{"program", "countersign-shim"}, {"version", std::string(base::kVersion)}})
      .Set(1);
  http::AddCertificateMetric("server", flags.server.tls_cert_file, metrics);
  http::AddCertificateMetric("client", flags.verifier.cert_file, metrics);
  return http::StatusServer::Start({.listen = flags.status_listen,
                                    .check_readiness = [&] { return routes.CheckStatus(); },
                                    .write_metrics = [metrics] { return metrics->WriteText(); }});
}

int Serve(const Flags& flags) {
  base::Metrics metrics;
  ReviewMetrics review_metrics(&metrics);
  absl::StatusOr<std::unique_ptr<GrpcVerifierClient>> verifier =
      GrpcVerifierClient::Create(flags.verifier);
  if (!verifier.ok()) return RefuseToStart(verifier.status());
  Webhook::Options webhook_options = flags.webhook;
  webhook_options.metrics = &review_metrics;
  Webhook webhook(verifier->get(), webhook_options);
  const PolicyWebhook policy_webhook(verifier->get());
  Routes routes(&webhook, &policy_webhook,
                [&verifier](absl::Time deadline) { return (*verifier)->CheckHealth(deadline); });
  absl::StatusOr<std::unique_ptr<http::Server>> server = http::Server::Start(
      flags.server,
      [&routes](http::ServerRequest request) { return routes.Handle(std::move(request)); });
  if (!server.ok()) return RefuseToStart(server.status());
  absl::StatusOr<std::unique_ptr<http::StatusServer>> status_server =
      StartStatusServer(flags, routes, &metrics);
  if (!status_server.ok()) return RefuseToStart(status_server.status());
  (*server)->AddMetrics("countersign_", &metrics);
  metrics.SampleGauge("countersign_images_in_progress",
                      "Images that verifiers are being asked about, or that wait for that.", {},
                      [&webhook] { return webhook.images_in_progress(); });
  if (*status_server != nullptr) (*status_server)->AddMetrics(&metrics);
  base::LogFields serving = {{"address", flags.server.listen},
                             {"port", absl::StrCat((*server)->port())}};
  if (*status_server != nullptr)
    serving.emplace_back("status_port", absl::StrCat((*status_server)->port()));
  base::LogInfo("shim", "Serving.", serving);

  const int signal = base::WaitForShutdownSignal();
  base::LogInfo("shim", "Ending: requests in progress are answered first.",
                {{"signal", absl::StrCat(signal)}});
  routes.StartDraining();
  (*server)->RetireConnections();
  absl::SleepFor(kUnreadyBeforeDrain);
  (*server)->Drain(absl::Now() + kDrain);
  return 0;
}

int Main(int argc, char** argv) {
  base::ForbidCoreDumps();
  base::BlockShutdownSignals();
  base::TakeOverGrpcLog();
  Flags flags;
  CLI::App app(
      "Answers the Kubernetes API server's AdmissionReviews: asks a verifier whether the images of "
      "an "
      "object may run, and admits or denies it.",
      "countersign-shim");
  app.set_version_flag("--version", std::string(base::kVersion));
  app.get_formatter()->column_width(42);
  AddServerFlags(&app, &flags.server);
  AddStatusFlags(&app, &flags);
  AddVerifierClientFlags(&app, &flags.verifier, "verifier")->required();
  AddWebhookFlags(&app, &flags.webhook);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  if (flags.verbose) base::SetMinimumLogLevel(base::LogLevel::kDebug);
  return Serve(flags);
}

}  // namespace
}  // namespace countersign::shim

int main(int argc, char** argv) { return countersign::shim::Main(argc, argv); }
