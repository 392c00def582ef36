#include "verifier/serving/verdict_log.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "base/trace_context.h"
#include "verifier/serving/messages.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "verifier";

}  // namespace

std::string DescribeSubject(const WorkloadQuestion& question) {
  std::string subject = absl::StrCat(question.workload_namespace, "/", question.subject.name);
  if (!question.subject.kind.empty()) absl::StrAppend(&subject, " (", question.subject.kind, ")");
  return subject;
}

void LogVerdict(const WorkloadQuestion& question, const std::string& image,
                const policy::Verdict& verdict) {
  base::LogFields fields = {{"object", DescribeSubject(question)},
                            {"image", image},
                            {"reason", v1::Reason_Name(ToProto(verdict.reason))}};
  base::AddTrace(question.trace, fields);
  if (verdict.decision != policy::Decision::kAllow) {
    base::LogWarning(kLogger, verdict.message, fields);
  } else if (verdict.evidence_age > absl::ZeroDuration()) {
    base::LogWarning(kLogger, verdict.warning, fields);
  } else if (!verdict.message.empty()) {
    base::LogInfo(kLogger, verdict.message, fields);
  } else if (!verdict.warning.empty()) {
    base::LogInfo(kLogger, verdict.warning, fields);
  }
}

void LogVerdicts(const WorkloadQuestion& question, const WorkloadAnswer& answer) {
  absl::flat_hash_set<std::string_view> told;
  for (size_t i = 0; i < answer.verdicts.size(); ++i) {
    const std::string& image = question.images[i].reference;
    if (told.insert(image).second) LogVerdict(question, image, answer.verdicts[i]->verdict);
  }
}

}  // namespace countersign::verifier
