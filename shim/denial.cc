#include "shim/denial.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"

namespace countersign::shim {
namespace {

constexpr size_t kMaxBytes = 8 << 10;
constexpr size_t kMaxContainers = 10;

bool IsAllowed(const v1::Verdict& verdict) { return verdict.decision() == v1::DECISION_ALLOW; }

// A sentence, and the containers that it is about.
using Refusal = std::pair<std::string, std::vector<std::string>>;

// In the order in which the sentences first come.
std::vector<Refusal> RefusalsOf(const v1::VerifyImagesResponse& response) {
  std::vector<Refusal> refusals;
  std::map<std::string, size_t> index_of;
  for (const v1::Verdict& verdict : response.verdicts()) {
    if (IsAllowed(verdict)) continue;
    const std::string sentence =
        verdict.message().empty()
            ? absl::StrCat("The image: ", verdict.reference(), " is not allowed.")
            : verdict.message();
    const auto [entry, is_new] = index_of.try_emplace(sentence, refusals.size());
    if (is_new) refusals.push_back({sentence, {}});
    if (!verdict.container().empty()) refusals[entry->second].second.push_back(verdict.container());
  }
  return refusals;
}

std::string DescribeContainers(const std::vector<std::string>& containers) {
  if (containers.empty()) return "";
  const size_t shown = std::min(containers.size(), kMaxContainers);
  std::string text =
      absl::StrCat(containers.size() == 1 ? " (container " : " (containers ",
                   absl::StrJoin(absl::MakeConstSpan(containers).subspan(0, shown), ", "));
  if (shown < containers.size()) {
    absl::StrAppend(&text, " and ", containers.size() - shown, " more");
  }
  return text + ")";
}

}  // namespace

bool AllAllowed(const v1::VerifyImagesResponse& response) {
  return absl::c_all_of(response.verdicts(), IsAllowed);
}

std::string WriteDenial(const v1::VerifyImagesResponse& response) {
  const std::vector<Refusal> refusals = RefusalsOf(response);
  std::string message;
  for (size_t i = 0; i < refusals.size(); ++i) {
    const std::string line =
        absl::StrCat(refusals[i].first, DescribeContainers(refusals[i].second));
    // The first is always said, so that a denial never goes without a reason.
    if (i > 0 && message.size() + line.size() > kMaxBytes) {
      absl::StrAppend(&message, "\nAnd ", refusals.size() - i, " more like these.");
      break;
    }
    absl::StrAppend(&message, i == 0 ? "" : "\n", line);
  }
  return message;
}

}  // namespace countersign::shim
