#ifndef COUNTERSIGN_VERIFIER_POLICIES_PROBLEM_LOG_H_
#define COUNTERSIGN_VERIFIER_POLICIES_PROBLEM_LOG_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "kube/object_feed.h"
#include "policy/problem.h"

namespace countersign::verifier {

// Tells the log what is wrong with objects that are read again and again: of each object once for each
// change of that. For one thread.
class ProblemLog {
 public:
  // `what` is "ClusterImagePolicy" or the like. `problems` deny something, `warnings` do not.
  void Tell(const std::string& what, const kube::Object& object,
            const std::vector<policy::Problem>& problems,
            const std::vector<policy::Problem>& warnings = {});

  // All objects that there are have been told about: what was said of others is forgotten.
  void EndRound();

 private:
  std::map<std::string, std::string> told_;  // what and name: what was said
  std::set<std::string> seen_;               // of this round
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_PROBLEM_LOG_H_
