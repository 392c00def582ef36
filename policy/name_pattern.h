#ifndef COUNTERSIGN_POLICY_NAME_PATTERN_H_
#define COUNTERSIGN_POLICY_NAME_PATTERN_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/image_reference.h"
#include "policy/step_budget.h"

namespace countersign::policy {

// Which images a rule is about: `[host/]path[:tag][@digest]`, where `*` stands for any number of
// any characters, `/` included.
//
// A pattern is read in parts, and each part is matched against the same part of the image's name
// only:
// - The host part is what stands before the first `/`. It matches the registry's host (with its
//   port, if it has one; `:443` may be left out), never what follows: `registry.example.org/*` is
//   not `registry.example.org.evil.example/x`, and `*.example.org/*` is not
//   `evil.example/x.example.org/y`. Case does not count in it, nor how an IPv6 address is written
//   where there is no star in it, and Docker Hub's names (`docker.io`,
//   `registry-1.docker.io`, …) are one. A bare `localhost` is a registry, and to some a user of Docker
//   Hub's: `localhost/*` and `docker.io/*` both match `localhost/img`.
// - A host part that is only `*` promises nothing about the host: its `*` stands for everything
//   before the rest, slashes included. `*/img` is every image of that name. So it is with a pattern
//   that has no host part and whose path is only `*`: `*` is every image, and `*:v1` every image
//   with that tag.
// - The tag part is what follows `:` in the path. Without one every tag, and no tag, will do; so it
//   does with `:*`. Any other tag part matches a tag that was written or is implied (`latest` where
//   neither tag nor digest was written).
// - The digest part is what follows `@`. Without one every digest, and none, will do; `@*` is every
//   image that is named by digest.
//
// The name of a Docker Hub image has several spellings, and matching one of them is enough:
// `index.docker.io/library/nginx`, `index.docker.io/nginx`, `library/nginx` and `nginx`; and
// `index.docker.io/me/app` and `me/app`. A spelling without a host counts only if it means the same
// image when read by itself; its first component is matched by what stands before the pattern's
// first `/`, as a host would be. A pattern without `/` (other than those above whose path is only
// `*`) can match only such spellings.
//
// Immutable, thread-safe.
class NamePattern {
 public:
  // InvalidArgument, in words for the author of a policy, if the pattern is empty, longer than 4096
  // bytes, or has what no reference has: white space, a scheme (`https://`), an upper-case letter
  // in the path, `.` or `..` as a path component, an empty host, port, path, path component, tag or
  // digest part, two `@`, any character that no reference has.
  // With a `budget`, also if that is exceeded by it, in whatever time it takes to say so: the
  // pattern, or all that were paid from it, are too complex.
  static absl::StatusOr<NamePattern> Parse(std::string_view text, StepBudget* budget = nullptr);

  // OK if there is an image that the pattern matches; otherwise InvalidArgument, in words for the
  // author of a policy. Finds what Parse does not: a part that no name can have although each of
  // its characters could be there, such as the path `my..app` or the tag `-1`. It errs on one side
  // only, and seldom: a pattern that it refuses matches nothing. With a `budget`, refuses also what
  // exceeds that.
  absl::Status CheckCanMatch(StepBudget* budget = nullptr) const;

  // Linear in the name for each character of the pattern.
  bool Matches(const oci::ImageReference& image) const;

  // As it was written.
  const std::string& text() const { return text_; }
  // Its parts, with runs of stars made one: what stands before the first `/`, in lower case (nullopt
  // without a `/`), and what follows, without tag and digest.
  const std::optional<std::string>& host() const { return host_; }
  const std::string& path() const { return path_; }
  // Likewise; nullopt where every tag, or every digest, and none, will do.
  const std::optional<std::string>& tag() const { return tag_; }
  const std::optional<std::string>& digest() const { return digest_; }

 private:
  NamePattern() = default;
  absl::Status CheckParts(StepBudget* budget) const;
  bool MatchesRepository(const oci::Repository& repository) const;
  // Whether it matches `name`, which may be short for `path`, on Docker Hub: with one of its hosts
  // before it or with none.
  bool MatchesOnDockerHub(std::string_view name, std::string_view path) const;

  std::string text_;
  // The parts, each with runs of stars made one.
  std::optional<std::string> host_;  // lower case; nullopt without a `/`
  std::string path_;
  std::optional<std::string> tag_;
  std::optional<std::string> digest_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_NAME_PATTERN_H_
