#include "verifier/work_metrics.h"

namespace countersign::verifier {

void AddWorkMetrics(const base::WorkerPool* pool, base::Metrics* metrics) {
  constexpr char kLooks[] = "countersign_looks";
  constexpr char kLooksHelp[] = "Looks at registries that go on (running) or wait for their turn.";
  metrics->SampleGauge(kLooks, kLooksHelp, {{"state", "running"}},
                       [pool] { return pool->counts().running; });
  metrics->SampleGauge(kLooks, kLooksHelp, {{"state", "waiting"}},
                       [pool] { return pool->counts().waiting; });
  constexpr char kNotBegun[] = "countersign_looks_not_begun_total";
  constexpr char kNotBegunHelp[] =
      "Looks that were not begun: there was no room for them to wait (refused), or nobody waited "
      "for them any more at their turn (dropped).";
  metrics->SampleCounter(kNotBegun, kNotBegunHelp, {{"reason", "refused"}},
                         [pool] { return pool->counts().refused; });
  metrics->SampleCounter(kNotBegun, kNotBegunHelp, {{"reason", "dropped"}},
                         [pool] { return pool->counts().dropped; });
}

prometheus::Counter* BudgetEnds(const char* budget, base::Metrics* metrics) {
  return &metrics->Counter("countersign_budget_ends_total",
                           "Times that a budget of an image's, or of a request's, has ended.",
                           {{"budget", budget}});
}

}  // namespace countersign::verifier
