#ifndef COUNTERSIGN_CLI_EXPLAINED_PARTS_H_
#define COUNTERSIGN_CLI_EXPLAINED_PARTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "oci/image_reference.h"
#include "policy/demand.h"
#include "policy/explanation.h"
#include "policy/look_plan.h"
#include "policy/policy.h"

namespace countersign::cli {

// The parts of an explanation in words, the same for people and machines: printable phrases. Pure.

// "deny", "warn", "allow"
std::string_view WordOf(policy::NoMatchRule rule);

// What there is about one of the policies that select the image; null: it is none of them.
const policy::Selector* FindSelector(const policy::Explanation& explanation,
                                     const policy::Policy* policy);

// What an authority wants: "a signature by the key ECDSA P-256 SHA256:…, and an entry in a transparency
// log", "static: every image passes", "nothing can be had of it: …" where it is broken.
std::string WantsOf(const policy::Authority& authority);

// Why it becomes of the image what it does, before any evidence: a phrase for each language that decides.
std::vector<std::string> ReasonsOf(const policy::Explanation& explanation,
                                   const policy::Workload& workload);

// What is not known of the workload and may decide, and how it is taken: whole sentences.
std::vector<std::string> NotesOf(const policy::Explanation& explanation,
                                 const policy::Workload& workload);

// Somewhere that evidence is looked for.
struct ShownPlace {
  std::string repository;
  std::string what;  // "signatures", "attestations", "referrers"
  // Of an image whose digest is not written in the reference, `sha256-<digest>.sig`; "" of referrers, for
  // which clients without the API of referrers have the tag `sha256-<digest>`.
  std::string tag;
};
ShownPlace ShowPlace(const policy::Place& place, const oci::ImageReference& image);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_EXPLAINED_PARTS_H_
