#include "verifier/trust_flags.h"

#include "absl/time/time.h"
#include "base/flag_text.h"

namespace countersign::verifier {
namespace {

constexpr char kGroup[] = "Trusted root";

}  // namespace

void AddTrustFlags(CLI::App* app, TrustKeeper::Options* options) {
  app->add_option("--trusted-root", options->file,
                  "trusted_root.json with the logs and authorities of Sigstore that are trusted. "
                  "Read again when it changes. If neither it nor --trusted-root-state is given, "
                  "that of Sigstore's public instance, as it was when this was built.")
      ->check(&base::CheckNotEmpty)
      ->type_name("FILE")
      ->group(kGroup);
  app->add_option("--trusted-root-state", options->source.state,
                  "Directory for the trusted root and the TUF metadata that vouch for it: it is "
                  "refreshed at the start and daily, in the background. Made if it is not there; "
                  "of one verifier alone.")
      ->check(&base::CheckNotEmpty)
      ->type_name("DIR")
      ->group(kGroup);
  app->add_option("--trusted-root-mirror", options->source.mirror,
                  "URL of the TUF repository that it is refreshed from.")
      ->check(&base::CheckNotEmpty)
      ->type_name("URL")
      ->capture_default_str()
      ->group(kGroup);
  app->add_option("--trusted-root-tuf-root", options->source.root,
                  "TUF root (root.json) to begin with, from somewhere you trust. If not given, "
                  "that of Sigstore's public instance, as it was when this was built. Once the "
                  "directory has one it is not looked at any more.")
      ->check(&base::CheckNotEmpty)
      ->type_name("FILE")
      ->group(kGroup);
  app->add_option_function<int>(
         "--trusted-root-grace-days",
         [options](const int& days) { options->grace = absl::Hours(24) * days; },
         "For how many days after the metadata that vouch for it have expired the trusted root is "
         "used on. If not given, for ever.")
      ->check(CLI::Range(0, 36500))
      ->type_name("DAYS")
      ->group(kGroup);
}

}  // namespace countersign::verifier
