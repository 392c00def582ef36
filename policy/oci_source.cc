#include "policy/oci_source.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "oci/image_reference.h"
#include "oci/registry_name.h"

namespace countersign::policy {
namespace {

constexpr size_t kNone = std::string_view::npos;

template <typename... Pieces>
absl::Status Malformed(const Pieces&... pieces) {
  return absl::InvalidArgumentError(absl::StrCat(pieces...));
}

absl::StatusOr<EvidenceSource> ReadRegistry(std::string_view text) {
  EvidenceSource source;
  CS_ASSIGN_OR_RETURN(source.registry, oci::ParseRegistryName(text));
  return source;
}

// `slash` is where the path begins.
absl::StatusOr<EvidenceSource> ReadRepository(std::string_view text, size_t slash) {
  CS_RETURN_IF_ERROR(oci::ParseRegistryName(text.substr(0, slash)).status());
  const std::string_view path = text.substr(slash + 1);
  if (path.find_first_of(":@") != kNone) {
    return Malformed("it is an image: say its repository, without a tag or digest");
  }
  CS_ASSIGN_OR_RETURN(const oci::ImageReference reference, oci::ImageReference::Parse(text));
  const oci::Repository& repository = reference.repository();
  if (repository.registry == oci::kDockerHub && path.find('/') == kNone) {
    return Malformed("it names no whole path of Docker Hub: write ", repository.ToString());
  }
  EvidenceSource source;
  source.repository = repository;
  return source;
}

}  // namespace

absl::StatusOr<EvidenceSource> ParseOciSource(std::string_view oci) {
  if (oci.empty()) return Malformed("it is empty");
  if (oci.find("://") != kNone) return Malformed("it has a scheme (\"://\"): begin with the host");
  const size_t slash = oci.find('/');
  if (slash == kNone) return ReadRegistry(oci);
  const std::string_view host = oci.substr(0, slash);
  if (host.find_first_of(".:") != kNone) return ReadRepository(oci, slash);
  return Malformed("it names no registry: ", base::Quoted(host),
                   ", which is before its first '/', has neither a '.' nor a port");
}

}  // namespace countersign::policy
