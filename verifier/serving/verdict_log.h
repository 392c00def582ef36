#ifndef COUNTERSIGN_VERIFIER_SERVING_VERDICT_LOG_H_
#define COUNTERSIGN_VERIFIER_SERVING_VERDICT_LOG_H_

#include <string>

#include "policy/verdict.h"
#include "verifier/serving/workload_question.h"

namespace countersign::verifier {

// The object that is asked about, for people: "default/web (Deployment)"; parts that are not known are
// left out.
std::string DescribeSubject(const WorkloadQuestion& question);

// Tells the log of the verdict about an image of the question, `image` being its reference, if it
// refuses (a warning), or allows and has something to say: a warning too, if that is that its registry is
// away; with the trace of the question.
void LogVerdict(const WorkloadQuestion& question, const std::string& image,
                const policy::Verdict& verdict);

// The same of all verdicts, once for each distinct image.
void LogVerdicts(const WorkloadQuestion& question, const WorkloadAnswer& answer);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_VERDICT_LOG_H_
