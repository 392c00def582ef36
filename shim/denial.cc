#include "shim/denial.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "base/printable.h"

namespace countersign::shim {
namespace {

constexpr size_t kMaxPlaces = 10;

bool IsAllowed(const v1::Verdict& verdict) { return verdict.decision() == v1::DECISION_ALLOW; }

// A sentence, and what it is about.
struct Refusal {
  std::string sentence;
  std::vector<std::string> places = {};
};

// In the order in which the sentences first come.
std::vector<Refusal> RefusalsOf(const Question& question,
                                const v1::VerifyImagesResponse& response) {
  std::vector<Refusal> refusals;
  absl::flat_hash_map<std::string, size_t> index_of;
  for (int i = 0; i < response.verdicts_size(); ++i) {
    const v1::Verdict& verdict = response.verdicts(i);
    if (IsAllowed(verdict)) continue;
    std::string sentence = verdict.message();
    if (sentence.empty()) {
      sentence =
          absl::StrCat("The image: ", base::Printable(verdict.reference()), " is not allowed.");
    }
    const auto [entry, is_new] = index_of.try_emplace(sentence, refusals.size());
    if (is_new) refusals.push_back({std::move(sentence)});
    std::vector<std::string>& places = refusals[entry->second].places;
    places.insert(places.end(), question.places[i].begin(), question.places[i].end());
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

}  // namespace

bool AllAllowed(const v1::VerifyImagesResponse& response) {
  return absl::c_all_of(response.verdicts(), IsAllowed);
}

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

}  // namespace countersign::shim
