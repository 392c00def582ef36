#ifndef COUNTERSIGN_POLICY_IMAGE_GLOB_H_
#define COUNTERSIGN_POLICY_IMAGE_GLOB_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace countersign::policy {

// Which images a ClusterImagePolicy of policy.sigstore.dev is about, in the language of the Policy
// Controller (its pkg/apis/glob, v0.15.1): `**` stands for any characters, `*` for any but `/`, every
// other character for itself, `:` and `@` among them; the whole of a name must match. `*` alone is
// `index.docker.io/library/*`, and `*/*` alone is `index.docker.io/*/*`.
//
// Immutable, thread-safe.
class ImageGlob {
 public:
  static constexpr size_t kMaxBytes = 4096;

  // InvalidArgument with the Policy Controller's words if it refuses the glob: "glob is invalid:
  // syntax error in pattern" where Go's filepath.Match does so, otherwise `glob is invalid: invalid
  // glob "…"` for a character that is no letter, digit or one of `-_:/.@*`. They quote all of the glob
  // as Go does, so that control characters are escaped. In words of our own if it is longer than
  // kMaxBytes.
  static absl::StatusOr<ImageGlob> Parse(std::string_view text);

  // Whether it matches the whole name: then its policy selects the image. Takes at most as many steps
  // as the glob has characters for each of the name's, and a few where it has few stars.
  bool Matches(std::string_view name) const;

  // The same where `**` in front of more characters of the host part is read as `*`: a policy with
  // `**.trusted.example/**` still selects `evil.example/x.trusted.example/y`, as it does in the Policy
  // Controller, but it does not cover it: it is no reason to leave out the rule for images that no
  // policy selects. The host part is what stands before the first `/`; a glob without one, and a `**`
  // that is all of it, promise nothing about the host.
  bool Covers(std::string_view name) const;

  // What the glob of that text is at length: of `*` and `*/*` the above, of every other itself.
  static std::string_view AtLength(std::string_view text);

  // As it was written.
  const std::string& text() const { return text_; }

  // What every name that it matches begins and ends with: what stands before its first star and after
  // its last one. All of it, both of them, if it has none. Views of this glob.
  std::string_view prefix() const;
  std::string_view suffix() const;
  bool HasStars() const { return has_stars_; }

  // If whether it matches a name may depend on which digest the name has: one that matches those that it
  // matches with any digest, and maybe more.
  std::optional<ImageGlob> ForEveryDigest() const;

 private:
  // What may stand before a character of `literals_`, or at its end.
  enum Gap : char { kNothing, kAnyButSlash, kAnything };

  ImageGlob() = default;
  bool MatchesReading(std::string_view name, size_t host_bytes) const;

  std::string text_;
  std::string literals_;   // what it has besides stars
  std::string gaps_;       // a Gap for each of those, and one for the end
  size_t host_bytes_ = 0;  // of `literals_`, before the first '/'; 0 if there is none
  bool has_stars_ = false;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_IMAGE_GLOB_H_
