#ifndef COUNTERSIGN_VERIFIER_STATUSZ_PAGE_H_
#define COUNTERSIGN_VERIFIER_STATUSZ_PAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "policy/policies.h"
#include "registry/registry_state.h"
#include "verifier/memory_report.h"
#include "verifier/serving/recent_verdicts.h"

namespace countersign::verifier {

// What a verifier's /statusz shows, as it was at one moment, or nearly.
struct StatuszFacts {
  absl::Time now;
  absl::Time started;
  // As /readyz says them: of the policies, the trusted root and what the languages differ about.
  bool is_ready = false;
  std::vector<std::string> details;
  absl::StatusOr<policy::PoliciesPtr> in_force = absl::UnavailableError("nothing was read");
  std::vector<registry::RegistryState> registries;
  std::vector<MemoryUse> memories;
  std::vector<RecentVerdict> verdicts;  // the last one first
};

// The page (http/server/html_page.h), of http::StatuszServer::kMaxPageBytes at most. Of policies it says
// what they are for and what of them cannot be used, and no key, Secret or credential. Pure.
std::string WriteStatusz(const StatuszFacts& facts);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_STATUSZ_PAGE_H_
