#ifndef COUNTERSIGN_OCI_DIGEST_H_
#define COUNTERSIGN_OCI_DIGEST_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace countersign::oci {

// The digest of a manifest or blob: "sha256:" and 64 lower-case hex digits (OCI image
// specification, descriptor.md, "Digests"). Only SHA-256 is supported: it is all that cosign signs.
// A value of this class is always well formed.
class Digest {
 public:
  // InvalidArgument says what is wrong: no algorithm, an unsupported one, a wrong length, a
  // character that is no lower-case hex digit.
  static absl::StatusOr<Digest> Parse(std::string_view text);

  // The digest of these bytes.
  static Digest Of(std::string_view bytes);

  // "sha256:<hex>".
  const std::string& ToString() const { return text_; }
  // The 64 hex digits.
  std::string_view hex() const { return std::string_view(text_).substr(7); }

  friend bool operator==(const Digest& a, const Digest& b) { return a.text_ == b.text_; }
  friend bool operator<(const Digest& a, const Digest& b) { return a.text_ < b.text_; }
  template <typename H>
  friend H AbslHashValue(H h, const Digest& d) {
    return H::combine(std::move(h), d.text_);
  }

 private:
  explicit Digest(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace countersign::oci

#endif  // COUNTERSIGN_OCI_DIGEST_H_
