#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_PLACE_READERS_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_PLACE_READERS_H_

#include <functional>
#include <map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "policy/look_plan.h"
#include "verifier/evidence/image_source.h"
#include "verifier/evidence/looking.h"

namespace countersign::verifier {

// Reads what one place of a repository has of an image, with one credential, as FetchSignatures does
// for the signature tag (signature_reader.h): nothing is no error.
using PlaceReader = std::function<absl::StatusOr<ReadItems>(const ImageSource& source)>;

// By the kind of place that they read.
using PlaceReaders = std::map<policy::Place::Kind, PlaceReader>;

// Of the tags of signatures and attestations, and of the referrers; with `others`, of other kinds.
PlaceReaders ReadersOfAllPlaces(const PlaceReaders& others = {});

// Unimplemented: the plan has a place that none of them reads.
absl::Status CheckAreRead(const policy::LookPlan& plan, const PlaceReaders& readers);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_PLACE_READERS_H_
