#ifndef COUNTERSIGN_CLI_ARTIFACT_TYPE_H_
#define COUNTERSIGN_CLI_ARTIFACT_TYPE_H_

#include <string>
#include <string_view>

namespace countersign::cli {

// What the bytes of a manifest say it holds (OCI image specification, manifest.md, "Guidelines for
// Artifact Usage"): its artifactType, or without one the media type of its config, unless that
// is an image's. "": it does not say, or is no manifest of at most 4 MiB. Pure.
std::string ArtifactTypeOf(std::string_view manifest);

// What is known of an artifact that is no evidence by its artifact type and the media type of a
// layer, in a word or two: "SBOM"; "": nothing. Pure.
std::string_view NameOfArtifact(std::string_view artifact_type, std::string_view media_type);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_ARTIFACT_TYPE_H_
