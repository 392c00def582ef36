#ifndef COUNTERSIGN_VERIFIER_TRUST_TRUST_REPORT_H_
#define COUNTERSIGN_VERIFIER_TRUST_TRUST_REPORT_H_

#include <string>
#include <vector>

#include "base/metrics.h"
#include "verifier/trust/trust_store.h"

namespace countersign::verifier {

// What an operator wants to know of the trusted root, in lines: since when it is in force, when it was
// refreshed and when it expires, and why it cannot be refreshed or used. Printable.
std::vector<std::string> DescribeTrust(const TrustState& state);

// The same as metrics, countersign_trusted_root_*: whether there is one to judge by, the moments, and
// what came of looking for a newer one. The store must live as long as `metrics` may be written.
void AddTrustMetrics(const TrustStore* store, base::Metrics* metrics);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_TRUST_TRUST_REPORT_H_
