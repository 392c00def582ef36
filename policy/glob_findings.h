#ifndef COUNTERSIGN_POLICY_GLOB_FINDINGS_H_
#define COUNTERSIGN_POLICY_GLOB_FINDINGS_H_

#include <string>
#include <vector>

#include "policy/image_glob.h"

namespace countersign::policy {

// What the author of a glob may not have meant, each a sentence that says what to write instead; empty
// for most globs. None of it makes a glob invalid:
// - it is `*` or `*/*`, which stand for images of Docker Hub;
// - it never matches in the Policy Controller, which compares `host/path@digest` alone, with
//   `index.docker.io` for Docker Hub, though it may here: it has a tag, no digest, or another spelling
//   of Docker Hub;
// - its host part takes the hosts of others: by a `**` before more of it, or a star at its end;
// - its host part names a registry in a way that images are not compared in: in upper case, with the
//   port 443, or by another name of Docker Hub's; or it is `localhost`, of which there are two readings.
//
// Takes about 80 steps for each character of the glob. Pure.
std::vector<std::string> FindGlobOddities(const ImageGlob& glob);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_GLOB_FINDINGS_H_
