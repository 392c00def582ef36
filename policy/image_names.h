#ifndef COUNTERSIGN_POLICY_IMAGE_NAMES_H_
#define COUNTERSIGN_POLICY_IMAGE_NAMES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/digest.h"
#include "oci/image_reference.h"

namespace countersign::policy {

// One of the names that an image goes by.
struct ImageName {
  std::string text;
  // The text has a tag that was written beside a digest. The digest decides what runs, so nobody
  // checked that the tag is, or ever was, the image's: it is a claim.
  bool has_tag_beside_digest = false;

  friend bool operator==(const ImageName&, const ImageName&) = default;
};

// Every name that whoever wrote a policy may have meant by this image, each text once, in an order that
// depends on the reference alone: what globs (policy/image_glob.h) are compared with.
//
// They are `host/path` and its other spellings, each bare, with `:tag`, with `@digest` and with both, as
// far as there are a tag (`latest` is implied where neither was written) and a digest; and the text
// as it was written. The other spellings are
// - the host without the port 443, which https:// implies;
// - for Docker Hub the hosts `index.docker.io` and `docker.io`, each also without `library/`, and none
//   at all: but a name without a host only if reading it gives the same image back, lest
//   `docker.io/registry.corp/img` pass for `registry.corp/img`;
// - for a bare `localhost/…`, which some take for a user of Docker Hub's, those two hosts before it.
//
// At most 33. Source: the Policy Controller compares its globs with the canonical name and with the text;
// all that it can see is among these.
std::vector<ImageName> NamesOf(const oci::ImageReference& image);

// What stands in names for a digest that is not known: stars of a glob match it, and no character of one
// does, so that a glob that matches such a name matches it with whichever digest.
inline constexpr std::string_view kUnknownDigest = "sha256:<>";

// The names with a digest that an image goes by as well, if it is written without one and `digest` is
// what its tag means; nullopt: that is not known, and kUnknownDigest stands for it. Here a tag beside the
// digest is no claim: it is what led there.
std::vector<ImageName> NamesWithDigest(const oci::ImageReference& image,
                                       const std::optional<oci::Digest>& digest);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_IMAGE_NAMES_H_
