#include "shim/denial.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "base/printable.h"
#include "proto/verdicts.h"
#include "shim/verifier_answer.h"

namespace countersign::shim {
namespace {

constexpr size_t kMaxPlaces = 10;
// As the chart names it.
constexpr std::string_view kMutatingConfiguration = "image-policy-mutating-webhook-configuration";

// A sentence, and what it is about.
struct Refusal {
  std::string sentence;
  std::vector<std::string> places = {};
};

// What only an operator of this webhook can know: why a digest is missing at the end.
std::string NotPinnedSentence(const v1::Verdict& verdict) {
  return absl::StrCat(
      "The image: ", base::Printable(verdict.reference()),
      " is not pinned to the digest that was judged: another webhook set it after Countersign. "
      "Webhook configurations are called in the order of their names: name the other's so that it "
      "comes before ",
      kMutatingConfiguration,
      ", or have it keep the digest when it rewrites an image. If no other webhook changes images, "
      "see whether that configuration is there.");
}

std::string SentenceOf(const v1::Verdict& verdict) {
  if (verdict.reason() == v1::REASON_NOT_PINNED) return NotPinnedSentence(verdict);
  if (!verdict.message().empty()) return verdict.message();
  return absl::StrCat("The image: ", base::Printable(verdict.reference()), " is not allowed.");
}

// In the order in which the sentences first come.
std::vector<Refusal> RefusalsOf(const Question& question,
                                const v1::VerifyImagesResponse& response) {
  std::vector<Refusal> refusals;
  absl::flat_hash_map<std::string, size_t> index_of;
  for (const AskedUse& use : question.uses) {
    const v1::Verdict& verdict = VerdictOn(use, response);
    if (v1::IsAllowed(verdict)) continue;
    std::string sentence = SentenceOf(verdict);
    const auto [entry, is_new] = index_of.try_emplace(sentence, refusals.size());
    if (is_new) refusals.push_back({std::move(sentence)});
    if (!use.place.empty()) refusals[entry->second].places.push_back(use.place);
  }
  return refusals;
}

std::string WriteLine(const Refusal& refusal) {
  const size_t shown = std::min(refusal.places.size(), kMaxPlaces);
  if (shown == 0) return refusal.sentence;
  std::string line =
      absl::StrCat(refusal.sentence, " (",
                   absl::StrJoin(absl::MakeConstSpan(refusal.places).subspan(0, shown), ", "));
  if (shown < refusal.places.size()) {
    absl::StrAppend(&line, " and ", refusal.places.size() - shown, " more");
  }
  return line + ")";
}

std::string JoinSome(const std::vector<std::string_view>& references) {
  std::string list;
  for (size_t i = 0; i < references.size(); ++i) {
    if (i > 0 && list.size() + references[i].size() > kMaxListBytes) {
      absl::StrAppend(&list, " and ", references.size() - i, " more");
      break;
    }
    absl::StrAppend(&list, i == 0 ? "" : ", ", references[i]);
  }
  return list;
}

}  // namespace

std::string WriteDenial(const Question& question, const v1::VerifyImagesResponse& response) {
  const std::vector<Refusal> refusals = RefusalsOf(question, response);
  std::string message;
  for (size_t i = 0; i < refusals.size(); ++i) {
    const std::string line = WriteLine(refusals[i]);
    // A denial never goes without a reason.
    if (i > 0 && message.size() + line.size() > kMaxDenialBytes) {
      absl::StrAppend(&message, "\nAnd ", refusals.size() - i, " more like these.");
      break;
    }
    absl::StrAppend(&message, i == 0 ? "" : "\n", line);
  }
  return message;
}

std::string ListRefused(const Question& question, const v1::VerifyImagesResponse& response) {
  absl::flat_hash_set<std::string_view> seen;
  std::vector<std::string_view> references;
  for (const AskedUse& use : question.uses) {
    if (v1::IsAllowed(VerdictOn(use, response))) continue;
    if (seen.insert(use.reference).second) references.push_back(use.reference);
  }
  return JoinSome(references);
}

std::string ListImages(const Question& question) {
  std::vector<std::string_view> references;
  for (const v1::Image& image : question.request.images()) references.push_back(image.reference());
  return JoinSome(references);
}

}  // namespace countersign::shim
