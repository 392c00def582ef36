#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/glob.h"
#include "oci/registry_name.h"
#include "policy/name_pattern.h"

namespace countersign::policy {
namespace {

using base::GlobMatches;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool Matches(std::string_view pattern, const oci::ImageReference& image) {
  const absl::StatusOr<NamePattern> parsed = NamePattern::Parse(pattern);
  return parsed.ok() && parsed->Matches(image);
}

// What holds for every image.
void CheckImage(const oci::ImageReference& image) {
  const std::string repository = image.repository().ToString();
  Require(Matches("*", image));
  Require(Matches(repository, image));
  Require(Matches(image.FullName(), image));
  Require(Matches(image.text(), image));
  Require(Matches(image.repository().registry + "/*", image));
  Require(Matches("*/" + image.repository().path, image));
  Require(!Matches("x" + repository, image));
  Require(!Matches(repository + "/x", image));
  Require(!Matches(image.repository().registry + ".evil.example/*", image));
}

// The first components of all names that the image has.
std::vector<std::string> FirstComponents(const oci::Repository& repository) {
  std::string host = repository.registry;
  if (absl::EndsWith(host, ":443")) host.resize(host.size() - 4);
  std::vector<std::string> components = {host, host + ":443"};
  if (!countersign::oci::IsDockerHub(host) && host != "localhost") return components;
  components.push_back(repository.path.substr(0, repository.path.find('/')));
  for (const std::string_view name : countersign::oci::kDockerHubNames) {
    components.push_back(std::string(name));
    components.push_back(std::string(name) + ":443");
  }
  return components;
}

// What holds for every pattern that matches: it can match, and what stands before its first slash
// matches no more than the image's first component, unless it is only stars.
void CheckMatch(const NamePattern& pattern, const oci::ImageReference& image) {
  Require(pattern.CheckCanMatch().ok());
  const size_t slash = pattern.text().find('/');
  if (slash == std::string::npos) return;
  std::string host = absl::AsciiStrToLower(pattern.text().substr(0, slash));
  // Only the address of IPv6 has more than one spelling.
  if (const auto name = oci::ParseRegistryName(host); name.ok() && host[0] == '[') host = *name;
  if (host.find_first_not_of('*') == std::string::npos) return;
  for (const std::string& component : FirstComponents(image.repository())) {
    if (GlobMatches(host, component)) return;
  }
  std::abort();
}

}  // namespace

// The input is a pattern and an image, a line each.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t end = bytes.find('\n');
  if (end == std::string_view::npos) {
    (void)NamePattern::Parse(bytes);
    return 0;
  }
  const auto image = oci::ImageReference::Parse(bytes.substr(end + 1));
  if (image.ok()) CheckImage(*image);
  const auto pattern = NamePattern::Parse(bytes.substr(0, end));
  if (pattern.ok() && image.ok() && pattern->Matches(*image)) CheckMatch(*pattern, *image);
  return 0;
}

}  // namespace countersign::policy
