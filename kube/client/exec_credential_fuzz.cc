#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "kube/client/exec_credential.h"

// What is accepted can be used: a token that fits into a header, or a certificate with its key.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto credential =
      countersign::kube::ParseExecCredential(text, "client.authentication.k8s.io/v1");
  if (!credential.ok()) return 0;
  const bool has_certificate = !credential->client_certificate_pem.empty();
  if (has_certificate == credential->client_key_pem.empty()) std::abort();
  if (!has_certificate && credential->token.empty()) std::abort();
  if (credential->token.find('\n') != std::string::npos) std::abort();
  return 0;
}
