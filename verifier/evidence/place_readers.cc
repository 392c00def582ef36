#include "verifier/evidence/place_readers.h"

#include "verifier/evidence/attestation_reader.h"
#include "verifier/evidence/referrer_reader.h"
#include "verifier/evidence/signature_reader.h"

namespace countersign::verifier {

PlaceReaders ReadersOfAllPlaces(const PlaceReaders& others) {
  PlaceReaders readers = {{policy::Place::kSignatureTag, FetchSignatures},
                          {policy::Place::kReferrers, FetchReferrers},
                          {policy::Place::kAttestationTag, FetchAttestations}};
  readers.insert(others.begin(), others.end());
  return readers;
}

absl::Status CheckAreRead(const policy::LookPlan& plan, const PlaceReaders& readers) {
  for (const policy::LookPlan::Stage& stage : plan.stages) {
    for (const policy::Place& place : stage) {
      if (readers.contains(place.kind)) continue;
      return absl::UnimplementedError(
          "evidence is asked for that is kept where nothing is looked for");
    }
  }
  return absl::OkStatus();
}

}  // namespace countersign::verifier
