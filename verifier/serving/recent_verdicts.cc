#include "verifier/serving/recent_verdicts.h"

#include <string_view>
#include <utility>

#include "base/url_secrets.h"
#include "verifier/serving/verdict_log.h"

namespace countersign::verifier {
namespace {

using base::PrintableWithoutUrlSecrets;

constexpr size_t kMaxObjectBytes = 160;
constexpr size_t kMaxImageBytes = 224;
constexpr size_t kMaxPolicyBytes = 112;
constexpr size_t kMaxMessageBytes = 320;

std::string_view PolicyOf(const policy::Verdict& verdict) {
  if (!verdict.policy_failures.empty()) return verdict.policy_failures.front().summary;
  if (!verdict.patterns.empty()) return verdict.patterns.front();
  return "";
}

}  // namespace

void RecentVerdicts::Add(const WorkloadQuestion& question, const std::string& image,
                         const policy::Verdict& verdict, absl::Time since) {
  RecentVerdict entry = {
      .at = clock_->Now(),
      .object = PrintableWithoutUrlSecrets(DescribeSubject(question), kMaxObjectBytes),
      .image = PrintableWithoutUrlSecrets(image, kMaxImageBytes),
      .decision = verdict.decision,
      .reason = verdict.reason,
      .is_warned = !verdict.warning.empty(),
      .policy = PrintableWithoutUrlSecrets(PolicyOf(verdict), kMaxPolicyBytes),
      .message = PrintableWithoutUrlSecrets(
          verdict.message.empty() ? verdict.warning : verdict.message, kMaxMessageBytes)};
  entry.took = entry.at - since;
  verdicts_.Add(std::move(entry));
}

}  // namespace countersign::verifier
