#ifndef COUNTERSIGN_POLICY_LOOK_PLAN_H_
#define COUNTERSIGN_POLICY_LOOK_PLAN_H_

#include <string_view>
#include <utility>
#include <vector>

#include "policy/evidence_source.h"

namespace countersign::policy {

// Where evidence about an image is kept: how, and in which source.
struct Place {
  enum Kind : int {
    kUnspecified = 0,  // nowhere
    kSignatureTag,     // cosign::SignatureTag, after the source's prefix
    kReferrers,        // manifests that refer to it (OCI distribution specification 1.1)
    kAttestationTag,   // cosign::AttestationTag, after the source's prefix
  };

  Place() = default;
  Place(Kind of_kind, EvidenceSourcePtr in_source = nullptr)  // NOLINT: meant to be implicit
      : kind(of_kind), source(std::move(in_source)) {}

  Kind kind = kUnspecified;
  EvidenceSourcePtr source;

  std::string_view tag_prefix() const {
    return source == nullptr ? std::string_view() : source->tag_prefix;
  }
  friend bool operator==(const Place& a, const Place& b) {
    return a.kind == b.kind && IsSameSource(a.source, b.source);
  }
};

// The place of that kind in a source, which is the same for those that differ only in what does not
// matter there: a list of referrers has no prefix.
Place PlaceIn(const EvidenceSourcePtr& source, Place::Kind kind);

// Where to look, in stages; no place is in two of them. After each, what has been found so far is
// judged. What allows ends the look; a denial is final only after the last stage, and there is none
// where a place could not be read. No stages: nothing is looked at.
struct LookPlan {
  using Stage = std::vector<Place>;
  std::vector<Stage> stages;
  // There are more sources than may be looked at (kMaxEvidenceSources), so that nothing is denied for
  // what was not found.
  bool is_cut_short = false;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_LOOK_PLAN_H_
