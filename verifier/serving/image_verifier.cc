#include "verifier/serving/image_verifier.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/share.h"
#include "base/status_macros.h"
#include "oci/digest.h"
#include "proto/limits.h"
#include "verifier/serving/as_found.h"
#include "verifier/serving/inquiry.h"

namespace countersign::verifier {
namespace {

// So long what is found of an image may be held while another is waited for: it is taken for small, but
// can be many times what is told of it.
constexpr absl::Duration kLongestHeld = absl::Milliseconds(100);

// By their indexes, which of a question's images are the same.
using Uses = std::vector<size_t>;

struct DistinctImage {
  Inquiry inquiry;
  Uses uses;
};

// In the order of the question.
std::vector<Uses> DistinctImages(const WorkloadQuestion& question) {
  std::vector<Uses> distinct;
  absl::flat_hash_map<std::string_view, size_t> index_of;
  for (size_t i = 0; i < question.images.size(); ++i) {
    const auto [known, is_new] =
        index_of.try_emplace(question.images[i].reference, distinct.size());
    if (is_new) distinct.emplace_back();
    distinct[known->second].push_back(i);
  }
  return distinct;
}

// Bytes of each image's lists in the answer.
size_t MostListed(const WorkloadQuestion& question) {
  return v1::kMaxListedBytes / std::max<size_t>(question.images.size(), 1);
}

// Tells of images that are looked at, as they are found.
absl::Status TellAsFound(const std::vector<DistinctImage*>& awaited, absl::Time deadline,
                         ImageVerifier::Tell tell) {
  return TakeAsFound(
      awaited.size(), kLongestHeld, deadline,
      [&](size_t i, absl::Time until) { return awaited[i]->inquiry.AwaitLook(until, deadline); },
      [&](size_t i) { return tell(awaited[i]->inquiry.Conclude(deadline), awaited[i]->uses); });
}

}  // namespace

ImageVerifier::ImageVerifier(const PolicyStore* policies, Examiner* examiner,
                             base::ByteBudget* bytes, Options options)
    : policies_(policies), examiner_(examiner), bytes_(bytes), options_(std::move(options)) {}

AskedWorkload ImageVerifier::Begin(const WorkloadQuestion& question, const Inquirer& inquirer) {
  base::Share share = {
      .caller = inquirer.caller, .group = question.workload_namespace, .request = ++requests_};
  return AskedWorkload(
      &question, policies_->Get(), options_.rules, inquirer.credentials,
      std::make_shared<Allowance>(std::move(share), bytes_->OpenAccount(), options_.allowance),
      {.namespace_labels = options_.namespace_labels
                               ? options_.namespace_labels(question.workload_namespace)
                               : nullptr,
       .now = options_.clock->Now()},
      &requirements_);
}

absl::Status ImageVerifier::VerifyEach(const WorkloadQuestion& question, const Inquirer& inquirer,
                                       absl::Time deadline, Tell tell) {
  AskedWorkload workload = Begin(question, inquirer);
  // All inquiries are under way before the first is waited for.
  std::vector<Uses> distinct = DistinctImages(question);
  std::vector<DistinctImage> images;
  images.reserve(distinct.size());
  for (Uses& uses : distinct) {
    const std::string& reference = question.images[uses.front()].reference;
    const auto ask = [&workload, &reference](const std::optional<oci::Digest>& resolved) {
      return workload.Ask(reference, resolved);
    };
    images.push_back({Inquiry(reference, ask, examiner_, MostListed(question)), std::move(uses)});
  }

  std::vector<DistinctImage*> awaited;
  for (DistinctImage& image : images) {
    image.inquiry.UseMemory(deadline);
    if (image.inquiry.IsDecided()) {
      CS_RETURN_IF_ERROR(tell(image.inquiry.Conclude(deadline), image.uses));
    } else {
      awaited.push_back(&image);
    }
  }
  return TellAsFound(awaited, deadline, tell);
}

std::optional<absl::Status> ImageVerifier::VerifyAtOnce(const WorkloadQuestion& question,
                                                        const Inquirer& inquirer, size_t& room,
                                                        Tell tell) {
  if (question.images.size() > kMostAtOnce) return std::nullopt;
  AskedWorkload workload = Begin(question, inquirer);
  const std::vector<Uses> distinct = DistinctImages(question);
  std::vector<ImageVerdict> verdicts;
  verdicts.reserve(distinct.size());
  for (const Uses& uses : distinct) {
    const std::string& reference = question.images[uses.front()].reference;
    const auto ask = [&](const std::optional<oci::Digest>& resolved) {
      return workload.Ask(reference, resolved);
    };
    std::optional<ImageVerdict> verdict =
        Inquiry::DecideAtOnce(reference, ask, *examiner_, room, MostListed(question));
    if (!verdict.has_value()) return std::nullopt;
    verdicts.push_back(*std::move(verdict));
  }
  for (size_t i = 0; i < verdicts.size(); ++i) {
    CS_RETURN_IF_ERROR(tell(std::move(verdicts[i]), distinct[i]));
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
