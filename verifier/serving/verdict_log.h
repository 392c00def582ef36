#ifndef COUNTERSIGN_VERIFIER_SERVING_VERDICT_LOG_H_
#define COUNTERSIGN_VERIFIER_SERVING_VERDICT_LOG_H_

#include "verifier/serving/workload_question.h"

namespace countersign::verifier {

// Tells the log, once for each distinct image, of verdicts that refuse (a warning), and of those that
// allow and have something to say.
void LogVerdicts(const WorkloadQuestion& question, const WorkloadAnswer& answer);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_VERDICT_LOG_H_
