#include "verifier/evidence/place_readers.h"

#include "verifier/evidence/attestation_reader.h"
#include "verifier/evidence/referrer_reader.h"
#include "verifier/evidence/signature_reader.h"

namespace countersign::verifier {

PlaceReaders ReadersOfAllPlaces(const PlaceReaders& others) {
  PlaceReaders readers = {
      {policy::Place::kSignatureTag,
       [](const ImageSource& source) {
         return FetchSignatures(source.registry, source.repository, source.image, source.credential,
                                source.looking, source.turns, source.tag_prefix);
       }},
      {policy::Place::kReferrers, [](const ImageSource& source) { return FetchReferrers(source); }},
      {policy::Place::kAttestationTag,
       [](const ImageSource& source) { return FetchAttestations(source); }}};
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
