// countersign: the webhook's and the verify API's questions, asked from a terminal.

#include <csignal>
#include <string>

#include "CLI/CLI.hpp"
#include "base/core_dump.h"
#include "base/grpc_log.h"
#include "base/log.h"
#include "base/version.h"
#include "cli/certificates.h"
#include "cli/failure.h"
#include "cli/review.h"
#include "cli/verify.h"

namespace countersign::cli {
namespace {

int Main(int argc, char** argv) {
  // It holds passwords, and the key of an authority.
  base::ForbidCoreDumps();
  // A reader that goes away is seen by the failing write.
  std::signal(SIGPIPE, SIG_IGN);
  // The answer is what is printed; the log is for what goes wrong beside it.
  base::SetMinimumLogLevel(base::LogLevel::kError);
  base::TakeOverGrpcLog();
  CLI::App app("Asks whether container images may run under an image policy.", "countersign");
  app.set_version_flag("--version", std::string(base::kVersion));
  app.require_subcommand(1);
  int exit_code = kExitFailure;
  AddVerifyCommand(&app, &exit_code);
  AddReviewCommand(&app, &exit_code);
  AddCertificatesCommand(&app, &exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitAllowed : kExitFailure;
  }
  return exit_code;
}

}  // namespace
}  // namespace countersign::cli

int main(int argc, char** argv) { return countersign::cli::Main(argc, argv); }
