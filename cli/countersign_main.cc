// countersign: the webhook's and the verify API's questions, asked from a terminal.

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "base/log.h"
#include "base/program.h"
#include "base/version.h"
#include "cli/certificates.h"
#include "cli/explain.h"
#include "cli/failure.h"
#include "cli/help_words.h"
#include "cli/lint.h"
#include "cli/migrate.h"
#include "cli/review.h"
#include "cli/tree.h"
#include "cli/trusted_root.h"
#include "cli/unknown_command.h"
#include "cli/verify.h"
#include "cli/verify_bundle.h"

namespace countersign::cli {
namespace {

std::vector<std::string> CommandsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    names.push_back(command->get_name());
  }
  return names;
}

int Main(int argc, char** argv) {
  // It holds passwords, and the key of an authority.
  base::BeginProgram();
  // A reader that goes away is seen by the failing write.
  std::signal(SIGPIPE, SIG_IGN);
  // The answer is what is printed; the log is for what goes wrong beside it.
  base::SetMinimumLogLevel(base::LogLevel::kError);
  CLI::App app(
      "Asks whether container images may run, and shows what has signed them. Each command has "
      "--help, and help COMMAND shows that.",
      "countersign");
  app.set_version_flag("--version", std::string(base::kVersion));
  app.require_subcommand(1);
  int exit_code = kExitFailure;
  AddVerifyCommand(&app, &exit_code);
  AddVerifyAttestationCommand(&app, &exit_code);
  AddVerifyBundleCommand(&app, &exit_code);
  AddReviewCommand(&app, &exit_code);
  AddExplainCommand(&app, &exit_code);
  AddLintCommand(&app, &exit_code);
  AddTreeCommand(&app, &exit_code);
  AddCertificatesCommand(&app, &exit_code);
  AddTrustedRootCommand(&app, &exit_code);
  AddMigrateCommand(&app, &exit_code);
  // The parser would only say that there must be one.
  const std::vector<std::string> commands = CommandsOf(app);
  std::vector<std::string> words = ExpandHelp({argv + std::min(argc, 1), argv + argc});
  const std::string command = words.empty() ? "--help" : words.front();
  if (!command.starts_with('-') &&
      std::find(commands.begin(), commands.end(), command) == commands.end()) {
    return ExitCodeOf(absl::InvalidArgumentError(SayUnknownCommand(command, commands)));
  }
  try {
    // It takes them from the last to the first.
    std::reverse(words.begin(), words.end());
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitAllowed : kExitFailure;
  }
  return exit_code;
}

}  // namespace
}  // namespace countersign::cli

int main(int argc, char** argv) { return countersign::cli::Main(argc, argv); }
