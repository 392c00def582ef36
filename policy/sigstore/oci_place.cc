#include "policy/sigstore/oci_place.h"

#include <cstddef>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "policy/sigstore/go_url.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kRepositoryCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_-./";

// Characters as Go counts them: each byte that is no continuation in UTF-8.
size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::string RegistryFault(std::string_view registry) {
  if (registry.empty()) {
    return "strict validation requires the registry to be explicitly defined";
  }
  const std::optional<GoUrl> url = ParseGoUrl(absl::StrCat("//", registry));
  if (url.has_value() && url->host == registry) return "";
  return absl::StrCat("registries must be valid RFC 3986 URI authorities: ",
                      base::Printable(registry));
}

std::string RepositoryFault(std::string_view repository) {
  const size_t characters = CountCharacters(repository);
  if (characters < 2 || characters > 255) {
    return absl::StrCat("repository must be between 2 and 255 characters in length: ",
                        base::Printable(repository));
  }
  if (repository.find_first_not_of(kRepositoryCharacters) != std::string_view::npos) {
    return absl::StrCat("repository can only contain the characters `", kRepositoryCharacters,
                        "`: ", base::Printable(repository));
  }
  return "";
}

// Where the slash after the registry is; npos: there is none, or what is before it names none.
size_t EndOfRegistry(std::string_view place) {
  const size_t slash = place.find('/');
  const bool names_one = slash != std::string_view::npos &&
                         place.substr(0, slash).find_first_of(".:") != std::string_view::npos;
  return names_one ? slash : std::string_view::npos;
}

}  // namespace

std::string OciPlaceFault(std::string_view place) {
  const size_t slash = EndOfRegistry(place);
  if (slash == std::string_view::npos) return RegistryFault(place);
  const std::string_view registry = place.substr(0, slash);
  const std::string_view repository = place.substr(slash + 1);
  std::string fault = RepositoryFault(repository);
  if (fault.empty()) fault = RegistryFault(registry);
  const bool is_docker_hub = registry == "docker.io" || registry == "index.docker.io";
  if (fault.empty() && is_docker_hub && repository.find('/') == std::string_view::npos) {
    return "strict validation requires the full repository path (missing 'library')";
  }
  return fault;
}

bool IsRegistryAlone(std::string_view place) {
  return EndOfRegistry(place) == std::string_view::npos;
}

}  // namespace countersign::policy
