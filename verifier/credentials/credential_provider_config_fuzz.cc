#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "verifier/credentials/credential_provider_config.h"

// What is accepted has providers, each with the name of a file and with patterns.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto providers =
      countersign::verifier::ParseCredentialProviderConfig("providers.yaml", text);
  if (!providers.ok()) return 0;
  if (providers->empty()) std::abort();
  for (const auto& provider : *providers) {
    if (provider.name.empty() || provider.name.find('/') != std::string::npos) std::abort();
    if (provider.match_images.empty()) std::abort();
    if (provider.default_cache_duration < absl::ZeroDuration()) std::abort();
  }
  return 0;
}
