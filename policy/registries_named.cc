#include "policy/registries_named.h"

#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "oci/image_reference.h"

namespace countersign::policy {
namespace {

// Of what a pattern begins with, up to its first slash; nullopt: it may be any.
std::optional<std::string> RegistryOf(std::string_view host) {
  if (host.empty() || host.find('*') != std::string_view::npos) return std::nullopt;
  const absl::StatusOr<oci::ImageReference> image =
      oci::ImageReference::Parse(absl::StrCat(host, "/a/b"));
  if (!image.ok() || !image->names_registry()) return std::nullopt;
  return image->repository().registry;
}

}  // namespace

std::set<std::string, std::less<>> FindNamedRegistries(const Policies& policies, size_t max) {
  std::set<std::string, std::less<>> hosts;
  const auto add = [&](std::string_view host) {
    std::optional<std::string> registry = RegistryOf(host);
    if (registry.has_value() && hosts.size() < max) hosts.insert(*std::move(registry));
  };
  for (const Policy& policy : policies.all()) {
    if (const auto* const pattern = std::get_if<NamePattern>(&policy.images)) {
      add(pattern->host().value_or(""));
      continue;
    }
    for (const ImageGlob& glob : std::get<GlobImages>(policy.images).globs) {
      const std::string_view text = glob.text();
      const size_t slash = text.find('/');
      if (slash != std::string_view::npos) add(text.substr(0, slash));
    }
  }
  return hosts;
}

}  // namespace countersign::policy
