#ifndef COUNTERSIGN_VERIFIER_WORK_METRICS_H_
#define COUNTERSIGN_VERIFIER_WORK_METRICS_H_

#include "base/metrics.h"
#include "base/worker_pool.h"

namespace countersign::verifier {

// How many looks at registries go on and wait, and how many there was no room for, or nobody wanted
// any more when it was their turn:
//   countersign_looks{state}
//   countersign_looks_not_begun_total{reason}
// `pool` must live as long as `metrics` is written.
void AddWorkMetrics(const base::WorkerPool* pool, base::Metrics* metrics);

// Where it is counted that a budget has ended, so that something is undecided, or was not tried:
//   countersign_budget_ends_total{budget}
// Lives as long as `metrics`.
prometheus::Counter* BudgetEnds(const char* budget, base::Metrics* metrics);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_WORK_METRICS_H_
