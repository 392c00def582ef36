#ifndef COUNTERSIGN_CLI_SOURCE_FLAGS_H_
#define COUNTERSIGN_CLI_SOURCE_FLAGS_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "policy/evidence_source.h"

namespace countersign::cli {

// Where evidence is kept, as flags say it.
struct SourceFlags {
  std::string repository;  // --signature-repository; "": the image's own
  std::string tag_prefix;  // --attachment-tag-prefix, in cosign's spelling; "": none

  bool SayAnything() const { return !repository.empty() || !tag_prefix.empty(); }
};

// What becomes of what lies beside the image.
enum class BesideImage { kLeftOut, kKept };

// `flags` must outlive the parsing.
void AddSourceFlags(CLI::App* command, SourceFlags* flags, const std::string& group,
                    BesideImage beside = BesideImage::kLeftOut);

// Null if they say nothing. InvalidArgument, naming the flag, if one of them is not what it should be.
absl::StatusOr<policy::EvidenceSourcePtr> ReadSource(const SourceFlags& flags);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_SOURCE_FLAGS_H_
