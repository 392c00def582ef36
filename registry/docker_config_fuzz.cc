#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "absl/status/statusor.h"
#include "registry/docker_config.h"

// Whatever a configuration holds: what it gives is never anonymous, nor given twice.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using countersign::registry::Credential;
  using countersign::registry::DockerConfig;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const absl::StatusOr<DockerConfig>& config :
       {DockerConfig::ParseConfigJson(text), DockerConfig::ParseDockercfg(text)}) {
    if (!config.ok()) continue;
    for (const char* registry : {"index.docker.io", "a.example.org", "host:5000"}) {
      const auto found = config->FindCredentials({registry, "team/app"});
      for (size_t i = 0; i < found.size(); ++i) {
        if (found[i].IsAnonymous()) std::abort();
        for (size_t j = 0; j < i; ++j) {
          if (found[i] == found[j]) std::abort();
        }
      }
    }
  }
  return 0;
}
