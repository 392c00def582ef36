#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "kube/client/kubeconfig.h"

// What is accepted names a server that may be spoken to, and never half of a certificate and its key.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const char* context : {"", "a"}) {
    const auto config = countersign::kube::ParseKubeconfig("config", text, context);
    if (!config.ok()) continue;
    if (!config->server.starts_with("https://") && !config->server.starts_with("http://")) {
      std::abort();
    }
    if (config->client_certificate.IsGiven() != config->client_key.IsGiven()) std::abort();
    if (config->insecure_skip_tls_verify && config->certificate_authority.IsGiven()) std::abort();
    if (config->exec.has_value() && config->exec->command.empty()) std::abort();
  }
  return 0;
}
