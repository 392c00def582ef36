#ifndef COUNTERSIGN_VERIFIER_POLICIES_STATUS_CONDITIONS_H_
#define COUNTERSIGN_VERIFIER_POLICIES_STATUS_CONDITIONS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/json.h"
#include "policy/problem.h"

namespace countersign::verifier {

// A condition in the status of an object, as `kubectl wait --for=condition=TYPE` knows it.
struct Condition {
  std::string type;
  bool holds = false;
  std::string reason;   // one word
  std::string message;  // for people
};

// Which members conditions have beside type, status and lastTransitionTime.
enum class ConditionForm {
  kStandard,  // metav1.Condition: reason, message, observedGeneration
  kKnative,   // as of objects of knative.dev/pkg/apis: reason and message, where there are any
};

// What `status.conditions` of the object should be: these conditions, each once, and those of other
// types that are stored, as they are. lastTransitionTime is that of the one that is stored, unless its
// status is another: then it is `now`. Pure.
base::Json WriteConditions(const base::Json& object, const std::vector<Condition>& own,
                           ConditionForm form, absl::Time now);

// "/PATH: REASON; /PATH: REASON", which is cut with how many more there are. Pure.
std::string ListProblems(const std::vector<policy::Problem>& problems);

// Whether two statuses say the same, whenever that may have begun. Pure.
bool IsSameStatus(const base::Json& a, const base::Json& b);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_STATUS_CONDITIONS_H_
