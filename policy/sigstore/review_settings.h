#ifndef COUNTERSIGN_POLICY_SIGSTORE_REVIEW_SETTINGS_H_
#define COUNTERSIGN_POLICY_SIGSTORE_REVIEW_SETTINGS_H_

#include "absl/time/time.h"
#include "policy/sigstore/check_settings.h"
#include "policy/sigstore/validate.h"

namespace countersign::policy {

// What is known of an installation when an object is reviewed that may be put in force in it.
struct ReviewSettings {
  CheckSettings check;
  ValidationSettings validation;
  // The moment of the review, at which an archive may have expired; InfinitePast: nothing has.
  absl::Time now = absl::InfinitePast();
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_REVIEW_SETTINGS_H_
