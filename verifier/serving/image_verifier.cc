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
#include "proto/limits.h"
#include "verifier/serving/inquiry.h"

namespace countersign::verifier {

ImageVerifier::ImageVerifier(const PolicyStore* policies, Examiner* examiner,
                             base::ByteBudget* bytes, Options options)
    : policies_(policies), examiner_(examiner), bytes_(bytes), options_(options) {}

WorkloadAnswer ImageVerifier::Verify(const WorkloadQuestion& question, const Inquirer& inquirer,
                                     absl::Time deadline) {
  base::Share share = {
      .caller = inquirer.caller, .group = question.workload_namespace, .request = ++requests_};
  AskedWorkload workload(
      &question, policies_->Get(), options_.rules, inquirer.credentials,
      std::make_shared<Allowance>(std::move(share), bytes_->OpenAccount(), options_.allowance));

  // All inquiries are under way before the first is waited for.
  const size_t most_listed = v1::kMaxListedBytes / std::max<size_t>(question.images.size(), 1);
  std::vector<Inquiry> inquiries;
  inquiries.reserve(question.images.size());
  absl::flat_hash_map<std::string_view, size_t> inquiry_of;
  for (const WorkloadQuestion::Image& image : question.images) {
    if (!inquiry_of.try_emplace(image.reference, inquiries.size()).second) continue;
    inquiries.emplace_back(image.reference, workload.Ask(image.reference), examiner_, most_listed);
  }
  for (Inquiry& inquiry : inquiries) inquiry.UseMemory(deadline);

  WorkloadAnswer answer;
  std::vector<ImageVerdictPtr> verdicts;
  absl::flat_hash_set<std::string_view> warnings;
  for (const WorkloadQuestion::Image& image : question.images) {
    const size_t index = inquiry_of.at(image.reference);
    if (index == verdicts.size()) {
      verdicts.push_back(std::make_shared<const ImageVerdict>(inquiries[index].Conclude(deadline)));
      const std::string& warning = verdicts.back()->verdict.warning;
      if (!warning.empty() && warnings.insert(warning).second) answer.warnings.push_back(warning);
    }
    answer.verdicts.push_back(verdicts[index]);
  }
  return answer;
}

}  // namespace countersign::verifier
