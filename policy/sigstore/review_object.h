#ifndef COUNTERSIGN_POLICY_SIGSTORE_REVIEW_OBJECT_H_
#define COUNTERSIGN_POLICY_SIGSTORE_REVIEW_OBJECT_H_

#include <string>
#include <vector>

#include "base/json.h"
#include "policy/problem.h"
#include "policy/sigstore/review_settings.h"

namespace countersign::policy {

// What there is to say of an object before it is put in force. It is acceptable if there are no
// problems.
struct ReviewedObject {
  // What refuses it: what the Policy Controller would refuse, and what we do.
  std::vector<Problem> problems;
  // What is allowed and may not be what was meant.
  std::vector<Problem> warnings;
  // What the Policy Controller itself would say of what it would refuse: "validation failed: …", or
  // "decoding request failed: cannot decode incoming new object: …". Empty otherwise.
  std::string policy_controller_message;
};

// Of a ClusterImagePolicy or a TrustRoot of policy.sigstore.dev, of PolicyOptions, or of the ConfigMap
// `config-policy-controller`; anything else is a problem of the whole object. Of `metadata` it looks at
// the name alone. Pure.
ReviewedObject ReviewSigstoreObject(const base::Json& object, const ReviewSettings& settings);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_REVIEW_OBJECT_H_
