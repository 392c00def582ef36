#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_IMAGE_SOURCE_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_IMAGE_SOURCE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "base/turnstile.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/registry.h"
#include "verifier/evidence/look_phases.h"
#include "verifier/evidence/looking.h"

namespace countersign::verifier {

// Where evidence of an image is read, as whom, and for whom. For the time of one call: it refers to
// what its maker has.
struct ImageSource {
  registry::Registry* registry;
  const oci::Repository& repository;
  const oci::Digest& image;
  const registry::Credential& credential;
  const Looking& looking;
  // Long texts are read in these turns, on the share of who looks.
  base::Turnstile& turns;
  // What the tags of its signatures and attestations begin with before its digest.
  std::string_view tag_prefix = {};
  // The image's own, where the evidence is kept elsewhere; null: it is `repository`.
  const oci::Repository* image_repository = nullptr;

  // The turn to read a text that can have thousands of parts.
  absl::StatusOr<base::Turnstile::Place> AwaitTurn() const {
    const LookPhases::Stay stay = looking.In(LookPhase::kQueue);
    return turns.Enter(looking.allowance->share(), looking.is_wanted, looking.deadline);
  }
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_IMAGE_SOURCE_H_
