#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "oci/image_reference.h"
#include "oci/registry_name.h"
#include "verifier/credentials/credential_provider_pattern.h"

namespace countersign::verifier {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// The input is a pattern and, on the next line, an image. What matches has a path that begins with
// the pattern's, and as many dots in its host. An image's own repository, as a pattern, matches.
void Check(std::string_view pattern_text, std::string_view image_text) {
  const auto image = oci::ImageReference::Parse(image_text);
  if (!image.ok()) return;
  const oci::Repository& repository = image->repository();
  const auto itself = CredentialProviderPattern::Parse(repository.ToString());
  Require(itself.ok() && itself->Matches(repository));

  const auto pattern = CredentialProviderPattern::Parse(pattern_text);
  if (!pattern.ok() || !pattern->Matches(repository)) return;
  const size_t slash = std::min(pattern_text.find('/'), pattern_text.size());
  const std::string_view host = pattern_text.substr(0, slash);
  const std::string_view path = pattern_text.substr(std::min(slash + 1, pattern_text.size()));
  Require(repository.path.starts_with(path));
  const auto dots = std::count(repository.registry.begin(), repository.registry.end(), '.');
  const bool is_docker_hub = repository.registry == oci::kDockerHub;
  const auto wanted = std::count(host.begin(), host.end(), '.');
  Require(wanted == dots || (is_docker_hub && (wanted == dots - 1 || wanted == dots + 1)));
}

}  // namespace
}  // namespace countersign::verifier

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(text.find('\n'), text.size());
  countersign::verifier::Check(text.substr(0, end), text.substr(std::min(end + 1, text.size())));
  (void)countersign::verifier::CredentialProviderPattern::ParseKey(text);
  return 0;
}
