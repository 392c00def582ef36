#include "cli/artifact_type.h"

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "base/json.h"
#include "base/json_extract.h"
#include "oci/descriptor.h"

namespace countersign::cli {
namespace {

constexpr base::JsonLimits kLimits = {
    .max_bytes = oci::kMaxManifestBytes, .max_depth = 16, .max_values = 1024};

// Configs that say nothing of what a manifest holds: none, and those of images, which cosign before
// bundles gives to its own manifests.
constexpr std::string_view kSaysNothing[] = {"application/vnd.oci.empty.v1+json",
                                             "application/vnd.oci.image.config.v1+json",
                                             "application/vnd.docker.container.image.v1+json"};

struct Known {
  std::string_view part;  // of a type
  std::string_view name;
};

// The first that is in one of the two types counts.
constexpr Known kKnown[] = {
    {"spdx", "SBOM"},
    {"cyclonedx", "SBOM"},
    {"vnd.syft", "SBOM"},
    {"vnd.cncf.notary.signature", "Notation signature"},
    {"sarif", "scan report"},
    {"vulnerability", "scan report"},
    {"vnd.in-toto", "statement that nobody has signed"},
};

}  // namespace

std::string ArtifactTypeOf(std::string_view manifest) {
  base::JsonParts parts;
  parts.At("/artifactType");
  parts.At("/config/mediaType");
  const absl::StatusOr<base::ExtractedJson> read = base::ExtractJson(manifest, parts, kLimits);
  if (!read.ok()) return "";
  std::string type = base::FindString(read->value, "artifactType");
  if (!type.empty()) return type;
  const base::Json* config = base::FindMember(read->value, "config");
  if (config == nullptr) return "";
  type = base::FindString(*config, "mediaType");
  return absl::c_linear_search(kSaysNothing, type) ? "" : type;
}

std::string_view NameOfArtifact(std::string_view artifact_type, std::string_view media_type) {
  for (const Known& known : kKnown) {
    if (absl::StrContains(artifact_type, known.part) || absl::StrContains(media_type, known.part)) {
      return known.name;
    }
  }
  return "";
}

}  // namespace countersign::cli
