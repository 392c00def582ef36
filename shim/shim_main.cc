// countersign-shim: the HTTPS process that answers the API server's AdmissionReviews.

#include <cstdio>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/grpc_log.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/version.h"
#include "http/server.h"
#include "kube/admission_review.h"
#include "shim/grpc_verifier_client.h"
#include "shim/policy_webhook.h"
#include "shim/routes.h"
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
  http::Server::Options server{.listen = "127.0.0.1:8443", .max_body_bytes = kube::kMaxReviewBytes};
  GrpcVerifierClient::Options verifier;
  Webhook::Options webhook;
  bool verbose = false;
};

void AddServerFlags(CLI::App* app, Flags* flags) {
  constexpr char kGroup[] = "Serving";
  app->add_option("--listen", flags->server.listen,
                  "Address and port to serve HTTPS on; port 0 picks a free one.")
      ->type_name("ADDRESS")
      ->capture_default_str()
      ->group(kGroup);
  app->add_option("--tls-cert", flags->server.tls_cert_file,
                  "PEM file with the server's certificate chain. Read again when it changes.")
      ->type_name("FILE")
      ->required()
      ->group(kGroup);
  app->add_option("--tls-key", flags->server.tls_key_file,
                  "PEM file with the certificate's private key. Read again when it changes.")
      ->type_name("FILE")
      ->required()
      ->group(kGroup);
  app->add_flag("-v,--verbose", flags->verbose, "Log admissions, too, not only denials.")
      ->group(kGroup);
}

int RefuseToStart(const absl::Status& why) {
  std::fprintf(stderr, "countersign-shim: %s\n", std::string(why.message()).c_str());
  return kUsageError;
}

int Serve(const Flags& flags) {
  absl::StatusOr<std::unique_ptr<GrpcVerifierClient>> verifier =
      GrpcVerifierClient::Create(flags.verifier);
  if (!verifier.ok()) return RefuseToStart(verifier.status());
  const Webhook webhook(verifier->get(), flags.webhook);
  const PolicyWebhook policy_webhook(verifier->get());
  Routes routes(&webhook, &policy_webhook,
                [&verifier](absl::Time deadline) { return (*verifier)->CheckHealth(deadline); });
  absl::StatusOr<std::unique_ptr<http::Server>> server = http::Server::Start(
      flags.server, [&routes](http::ServerRequest request) { return routes.Handle(request); });
  if (!server.ok()) return RefuseToStart(server.status());
  base::LogInfo("shim", "Serving.",
                {{"address", flags.server.listen}, {"port", absl::StrCat((*server)->port())}});

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
  AddServerFlags(&app, &flags);
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
