#ifndef COUNTERSIGN_OCI_IMAGE_REFERENCE_H_
#define COUNTERSIGN_OCI_IMAGE_REFERENCE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "oci/digest.h"

namespace countersign::oci {

// Longer tags there are not.
inline constexpr size_t kMaxTagBytes = 128;

// Where images live: a registry and a repository in it.
struct Repository {
  // Host, or host:port, in lower case; Docker Hub is `index.docker.io`, by whichever of its names it
  // was called.
  std::string registry;
  // The path, such as "library/nginx".
  std::string path;

  std::string ToString() const { return registry + "/" + path; }
  friend bool operator==(const Repository&, const Repository&) = default;
};

// The name of an image as a workload writes it (distribution/reference grammar, as Docker,
// containerd and go-containerregistry read it): [registry/]path[:tag][@sha256:hex].
//
// The first component is a registry if it holds a '.' or a ':' or is "localhost"; otherwise the
// image is Docker Hub's, and a path of one component there gets "library/". Without tag and digest
// the tag is "latest". With tag and digest the digest decides, and the tag is kept for patterns.
//
// Immutable value.
class ImageReference {
 public:
  // InvalidArgument names the fault in words for the author of a pod: empty, over 4096 bytes, an
  // upper-case or otherwise foreign character (and where), an empty path component, a component "."
  // or ".." (some clients clean such paths on the way, so the image that runs would not be the one
  // judged), a registry that is no host name, IP address or port, a tag or digest that is
  // malformed, a path over 255 bytes.
  static absl::StatusOr<ImageReference> Parse(std::string_view text);

  // The text as it was written.
  const std::string& text() const { return text_; }
  const Repository& repository() const { return repository_; }
  // "latest" where neither tag nor digest was written; nullopt where only a digest was.
  const std::optional<std::string>& tag() const { return tag_; }
  const std::optional<Digest>& digest() const { return digest_; }

  // Whether the text names its registry, so that it is the same image for every reader. Others than
  // Docker may look for a name without one ("nginx") in registries of their own choice.
  bool names_registry() const { return names_registry_; }

  // The text to write in place of this one so that exactly the image with `digest` runs: the text
  // itself if it has a digest, otherwise "<text>@<digest>", with ":latest" if no tag was written.
  std::string PinnedTo(const Digest& digest) const;

  // The full name: "index.docker.io/library/nginx:latest", with ":tag" and "@digest" where there
  // are any. Parses as the same image.
  std::string FullName() const;

 private:
  ImageReference() = default;
  std::string text_;
  Repository repository_;
  std::optional<std::string> tag_;
  std::optional<Digest> digest_;
  bool names_registry_ = false;
  bool has_tag_ = false;  // a tag was written
};

}  // namespace countersign::oci

#endif  // COUNTERSIGN_OCI_IMAGE_REFERENCE_H_
