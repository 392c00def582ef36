#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_IMAGE_QUESTION_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_IMAGE_QUESTION_H_

#include <memory>

#include "oci/image_reference.h"
#include "policy/requirement.h"
#include "verifier/credentials/credential_finder.h"
#include "verifier/evidence/allowance.h"

namespace countersign::verifier {

// What is to be found out about one image.
struct ImageQuestion {
  oci::ImageReference image;
  ScopePtr scope;
  // What the policy asks of the image; with the policy.
  std::shared_ptr<const policy::Requirement> requirement;
  AllowancePtr allowance;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_IMAGE_QUESTION_H_
