#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/credentials/credential_provider_answer.h"

// What is accepted says for how long it holds, and finds a bounded number of credentials, none of
// them empty.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto answer = countersign::verifier::CredentialProviderAnswer::Parse(
      text, "credentialprovider.kubelet.k8s.io/v1");
  if (!answer.ok()) return 0;
  if (answer->duration().has_value() && *answer->duration() < absl::ZeroDuration()) std::abort();
  const auto found = answer->FindCredentials({"registry.example.org", "team/app"});
  if (found.size() > 16) std::abort();
  for (const auto& credential : found) {
    if (credential.IsAnonymous()) std::abort();
  }
  return 0;
}
