#ifndef COUNTERSIGN_POLICY_PATTERN_GLOBS_H_
#define COUNTERSIGN_POLICY_PATTERN_GLOBS_H_

#include <string>
#include <string_view>
#include <vector>

#include "policy/name_pattern.h"

namespace countersign::policy {

// The globs that say what a name pattern says.
struct PatternGlobs {
  // One of them matches one of the names of every image (policy/image_names.h) that the pattern
  // matches. Empty if there are no such globs.
  std::vector<std::string> globs;
  // Empty if they match no other image. Otherwise, in words for the author of the pattern, what else
  // they match; or why there are none.
  std::string note;
};

// Rewrites a pattern of signing.apps.tanzu.vmware.com as globs of policy.sigstore.dev
// (policy/image_glob.h). A pattern is matched in parts, and a glob as one text, so that there is not
// always an exact answer:
// - a `*` followed by more of the last component (`r.io/*-prod`) also takes the `:` before a tag, and
//   so the glob selects `r.io/app:v1-prod`; and a tag's `*` may likewise reach into a digest;
// - a pattern without `/` that has a star takes images of Docker Hub's only, and the glob those too
//   that cannot be written short;
// - IPv6 addresses can be named by no glob.
// Pure.
PatternGlobs GlobsOf(const NamePattern& pattern);

// The same of a pattern's text. One that is no pattern matches nothing and has no globs; the note says
// what is wrong with it.
PatternGlobs GlobsOf(std::string_view pattern);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_PATTERN_GLOBS_H_
