#ifndef COUNTERSIGN_POLICY_NEAR_MISS_H_
#define COUNTERSIGN_POLICY_NEAR_MISS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "oci/image_reference.h"

namespace countersign::policy {

// A glob, or a name pattern, that does not match an image, and by how little.
struct NearMiss {
  // Why not, and what its author may have meant: a printable phrase.
  std::string why;
  // What would match, which differs from it in that alone; as it was written otherwise: any bytes.
  std::string would_match;
};

// Longer ones are not looked at, so that what it costs is bounded: matching a few texts of that size.
inline constexpr size_t kMaxNearMissBytes = 512;

// Whether `text`, which does not match the image, would if one thing in it were otherwise: without
// `https://`, in lower case, without its digest or its tag, with `**` where it has `*`, with what lies
// below it (`/**`, or the language's way to say so), with a registry where it has none, with the image's
// registry where its own is spelled nearly so (with another port, with two other characters, or more or
// less specific). The first of these that holds; nullopt: none does.
//
// `below` is what makes a text name all that lies below it: "/**" for globs, "/*" for name patterns.
// `matches` says whether such a text matches the image; what cannot be read does not. Pure.
std::optional<NearMiss> FindNearMiss(std::string_view text, const oci::ImageReference& image,
                                     std::string_view below,
                                     absl::FunctionRef<bool(const std::string& text)> matches);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_NEAR_MISS_H_
