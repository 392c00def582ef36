#include "cli/source_flags.h"

#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "oci/image_reference.h"

namespace countersign::cli {
namespace {

// As of a variable of a script that is not set: it would be looked for somewhere else.
std::string CheckNotEmpty(const std::string& text) {
  return text.empty() ? "must not be empty" : "";
}

absl::StatusOr<oci::Repository> ReadRepository(const std::string& text) {
  const absl::StatusOr<oci::ImageReference> reference = oci::ImageReference::Parse(text);
  if (!reference.ok()) return reference.status();
  const std::string_view last = std::string_view(text).substr(text.rfind('/') + 1);
  if (reference->digest().has_value() || absl::StrContains(last, ':')) {
    return absl::InvalidArgumentError(absl::StrCat(
        base::Quoted(text), " is an image: say its repository, without a tag or digest"));
  }
  return reference->repository();
}

}  // namespace

void AddSourceFlags(CLI::App* command, SourceFlags* flags, const std::string& group,
                    BesideImage beside) {
  const std::string_view also = beside == BesideImage::kKept ? "besides" : "instead of";
  command
      ->add_option("--signature-repository", flags->repository,
                   absl::StrCat("Repository in which signatures and attestations are kept, and "
                                "looked for, ",
                                also,
                                " the image's own: what COSIGN_REPOSITORY was when they were "
                                "made."))
      ->check(&CheckNotEmpty)
      ->type_name("REPOSITORY")
      ->group(group);
  command
      ->add_option("--attachment-tag-prefix", flags->tag_prefix,
                   "What the tags of signatures and attestations begin with: "
                   "[PREFIX]sha256-DIGEST.sig.")
      ->check(&CheckNotEmpty)
      ->type_name("PREFIX")
      ->group(group);
}

absl::StatusOr<policy::EvidenceSourcePtr> ReadSource(const SourceFlags& flags) {
  if (!flags.SayAnything()) return nullptr;
  policy::EvidenceSource source;
  if (!flags.repository.empty()) {
    absl::StatusOr<oci::Repository> repository = ReadRepository(flags.repository);
    if (!repository.ok()) return base::Annotate("--signature-repository", repository.status());
    source.repository = *std::move(repository);
  }
  const absl::Status is_valid = policy::CheckTagPrefix(flags.tag_prefix);
  if (!is_valid.ok()) return base::Annotate("--attachment-tag-prefix", is_valid);
  source.tag_prefix = flags.tag_prefix;
  return std::make_shared<const policy::EvidenceSource>(std::move(source));
}

}  // namespace countersign::cli
