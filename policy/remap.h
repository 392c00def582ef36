#ifndef COUNTERSIGN_POLICY_REMAP_H_
#define COUNTERSIGN_POLICY_REMAP_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "oci/image_reference.h"

namespace countersign::policy {

// A mirror's name for images, and the name by which they are signed.
class Remap {
 public:
  // `from` and `to` are repositories with their registries ("mirror.example.org/ghcr/app"), or both end
  // with `/*`: then what follows in an image's name follows in the other, too. InvalidArgument, in words
  // for the author of a policy, if they are not of that form.
  static absl::StatusOr<Remap> Parse(std::string_view from, std::string_view to);

  // What an image of this repository is signed as; nullopt: it has no other name by this.
  std::optional<oci::Repository> Apply(const oci::Repository& image) const;

  // As they were written.
  const std::string& from() const { return from_; }
  const std::string& to() const { return to_; }

 private:
  Remap() = default;
  std::string from_;
  std::string to_;
  oci::Repository mirror_;    // of `from_`; its path may be empty, or what comes before the `/*`
  oci::Repository original_;  // of `to_`
  bool is_prefix_ = false;
};

// By the first of these that says something of it. Pure.
std::optional<oci::Repository> RemappedTo(absl::Span<const Remap> remaps,
                                          const oci::Repository& image);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_REMAP_H_
