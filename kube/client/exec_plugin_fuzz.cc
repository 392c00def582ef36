#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "kube/client/exec_plugin.h"

// What is accepted can be used: a token that fits into a header, or a certificate with its key.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto identity =
      countersign::kube::ParsePluginIdentity(text, "client.authentication.k8s.io/v1");
  if (!identity.ok()) return 0;
  const bool has_certificate = !identity->client_certificate_pem.empty();
  if (has_certificate == identity->client_key_pem.empty()) std::abort();
  if (!has_certificate && identity->token.empty()) std::abort();
  if (identity->token.find('\n') != std::string::npos) std::abort();
  return 0;
}
