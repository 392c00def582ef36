#ifndef COUNTERSIGN_POLICY_LABEL_SELECTOR_H_
#define COUNTERSIGN_POLICY_LABEL_SELECTOR_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/problem.h"

namespace countersign::policy {

// LabelSelector of Kubernetes (apimachinery's meta/v1) as it is written
// (policy/sigstore/read_label_selector.h).
struct LabelRequirementSpec {
  std::string key;
  std::string op;  // "operator"
  std::vector<std::string> values;
  std::optional<Problem> broken;
};

struct LabelSelectorSpec {
  std::map<std::string, std::string> match_labels;
  std::vector<LabelRequirementSpec> match_expressions;
  std::optional<Problem> broken;
};

// The same to be asked: whether labels have all that it requires. Of one that requires nothing, all do.
// Immutable but for assignment, thread-safe.
class LabelSelector {
 public:
  // A problem, at a place below `pointer`, if the selector was not readable, an operator is none of In,
  // NotIn, Exists and DoesNotExist, there are no values for the first two or some for the others, or a key
  // or value can be none of a label's: what Kubernetes refuses, too.
  static std::variant<Problem, LabelSelector> Compile(const LabelSelectorSpec& spec,
                                                      std::string_view pointer);

  bool Matches(const std::map<std::string, std::string>& labels) const;

 private:
  struct Requirement {
    std::string key;
    // Whether labels without the key are what is asked for, and those with another value are.
    bool absent_holds = false;
    bool others_hold = false;
    // With one of these values the opposite of others_hold.
    std::set<std::string> values;
  };

  static std::variant<Problem, Requirement> CompileRequirement(const LabelRequirementSpec& spec,
                                                               std::string_view pointer);

  std::vector<Requirement> requirements_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_LABEL_SELECTOR_H_
