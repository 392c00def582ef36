// For tests only: `countersign verify-bundle` without one of the checks of crypto/check_switch.h.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/failure.h"
#include "cli/verify_bundle.h"
#include "crypto/check_switch.h"

namespace countersign {
namespace {

using crypto::Check;

const std::map<std::string, Check>& Names() {
  static const auto* const names = new std::map<std::string, Check>{
      {"certificate-holds", Check::kCertificateHolds},
      {"certificate-holds-each-time", Check::kCertificateHoldsEachTime},
      {"certificate-log-is-trusted", Check::kCertificateLogIsTrusted},
      {"chain-has-no-root", Check::kChainHasNoRoot},
      {"checkpoint-has-key-id", Check::kCheckpointHasKeyId},
      {"checkpoint-is-signed", Check::kCheckpointIsSigned},
      {"checkpoint-signature-holds", Check::kCheckpointSignatureHolds},
      {"entry-has-proof", Check::kEntryHasProof},
      {"entry-is-included", Check::kEntryIsIncluded},
      {"entry-is-of-signature", Check::kEntryIsOfSignature},
      {"identity-is-asked-for", Check::kIdentityIsAskedFor},
      {"log-has-start", Check::kLogHasStart},
      {"message-digest-is-artifacts", Check::kMessageDigestIsArtifacts},
      {"promise-holds", Check::kPromiseHolds},
      {"proof-has-checkpoint", Check::kProofHasCheckpoint},
      {"time-is-known", Check::kTimeIsKnown},
      {"timestamp-authority-is-trusted", Check::kTimestampAuthorityIsTrusted},
      {"timestamp-is-of-signature", Check::kTimestampIsOfSignature},
  };
  return *names;
}

std::set<Check>& Off() {
  static auto* const off = new std::set<Check>;
  return *off;
}

int Main(int argc, char** argv) {
  CLI::App app("Verifies a bundle without some of the checks. For tests only.");
  app.require_subcommand(1);
  app.add_option_function<std::vector<std::string>>(
         "--without",
         [](const std::vector<std::string>& names) {
           for (const std::string& name : names) Off().insert(Names().at(name));
         },
         "A check that is left out. Repeatable.")
      ->check(CLI::IsMember(Names()))
      ->allow_extra_args(false);
  int exit_code = cli::kExitFailure;
  cli::AddVerifyBundleCommand(&app, &exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::kExitAllowed : cli::kExitFailure;
  }
  return exit_code;
}

}  // namespace

namespace crypto::check_switches {

bool IsOff(Check check) { return Off().contains(check); }

}  // namespace crypto::check_switches
}  // namespace countersign

int main(int argc, char** argv) { return countersign::Main(argc, argv); }
