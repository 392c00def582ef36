#include "verifier/serving/image_verifier.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/share.h"
#include "base/status_macros.h"
#include "proto/limits.h"
#include "verifier/serving/inquiry.h"

namespace countersign::verifier {

ImageVerifier::ImageVerifier(const PolicyStore* policies, Examiner* examiner,
                             base::ByteBudget* bytes, Options options)
    : policies_(policies), examiner_(examiner), bytes_(bytes), options_(options) {}

absl::Status ImageVerifier::VerifyEach(const WorkloadQuestion& question, const Inquirer& inquirer,
                                       absl::Time deadline, Tell tell) {
  base::Share share = {
      .caller = inquirer.caller, .group = question.workload_namespace, .request = ++requests_};
  AskedWorkload workload(
      &question, policies_->Get(), options_.rules, inquirer.credentials,
      std::make_shared<Allowance>(std::move(share), bytes_->OpenAccount(), options_.allowance));

  // All inquiries are under way before the first is waited for.
  const size_t most_listed = v1::kMaxListedBytes / std::max<size_t>(question.images.size(), 1);
  std::vector<Inquiry> inquiries;
  inquiries.reserve(question.images.size());
  std::vector<std::vector<size_t>> uses;  // of each
  absl::flat_hash_map<std::string_view, size_t> inquiry_of;
  for (size_t i = 0; i < question.images.size(); ++i) {
    const std::string& reference = question.images[i].reference;
    const auto [known, is_new] = inquiry_of.try_emplace(reference, inquiries.size());
    if (is_new) {
      inquiries.emplace_back(reference, workload.Ask(reference), examiner_, most_listed);
      uses.emplace_back();
    }
    uses[known->second].push_back(i);
  }

  std::vector<size_t> awaited;
  for (size_t i = 0; i < inquiries.size(); ++i) {
    inquiries[i].UseMemory(deadline);
    if (inquiries[i].IsDecided()) {
      CS_RETURN_IF_ERROR(tell(inquiries[i].Conclude(deadline), uses[i]));
    } else {
      awaited.push_back(i);
    }
  }
  for (const size_t i : awaited) {
    CS_RETURN_IF_ERROR(tell(inquiries[i].Conclude(deadline), uses[i]));
  }
  return absl::OkStatus();
}

WorkloadAnswer ImageVerifier::Verify(const WorkloadQuestion& question, const Inquirer& inquirer,
                                     absl::Time deadline) {
  WorkloadAnswer answer;
  answer.verdicts.resize(question.images.size());
  const auto keep = [&answer](ImageVerdict image, absl::Span<const size_t> uses) {
    const auto verdict = std::make_shared<const ImageVerdict>(std::move(image));
    for (const size_t i : uses) answer.verdicts[i] = verdict;
    return absl::OkStatus();
  };
  VerifyEach(question, inquirer, deadline, keep).IgnoreError();  // there is none
  absl::flat_hash_set<std::string_view> warnings;
  for (const ImageVerdictPtr& image : answer.verdicts) {
    const std::string& warning = image->verdict.warning;
    if (!warning.empty() && warnings.insert(warning).second) answer.warnings.push_back(warning);
  }
  return answer;
}

}  // namespace countersign::verifier
