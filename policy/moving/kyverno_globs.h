#ifndef COUNTERSIGN_POLICY_MOVING_KYVERNO_GLOBS_H_
#define COUNTERSIGN_POLICY_MOVING_KYVERNO_GLOBS_H_

#include <string>
#include <string_view>
#include <vector>

#include "policy/moving/translation.h"

namespace countersign::policy {

// A pattern of Kyverno's (its ext/wildcard: `*` any characters, `?` one) as globs that select at least
// what it matches.
struct KyvernoGlobs {
  std::vector<std::string> globs;  // at least one
  // What they select besides, to go on after the name of the pattern; "": nothing.
  std::string wider;
};

// Kyverno compares a pattern with one name of an image: registry/path@digest, or registry/path:tag where
// no digest is written, with `docker.io` for Docker Hub and no `library/` that is not written.
//
// For Countersign, which compares globs with all names, the pattern stays as it is. For the Policy
// Controller it becomes one of registry/path@digest, with Docker Hub's as `index.docker.io`: the tags
// are gone by then. Where a `*` may stand for part of a tag or a digest the glob ends there.
//
// What no glob can say, `?` and variables among it, becomes `**`. Pure.
KyvernoGlobs GlobsOfKyverno(std::string_view pattern, Target target);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_KYVERNO_GLOBS_H_
