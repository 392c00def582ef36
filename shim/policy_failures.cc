#include "shim/policy_failures.h"

#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "proto/verdicts.h"
#include "shim/field_path.h"
#include "shim/verifier_answer.h"

namespace countersign::shim {
namespace {

// Which findings.
enum class Level { kDenies, kWarns };

struct Finding {
  const v1::PolicyFailure* failure;
  // As texts, as the Policy Controller has them: [10] comes before [2].
  std::set<std::string> paths = {};
};

// The Policy Controller says of a volume's image where the image is, and not where its reference is.
std::string PathOf(const AskedUse& use) {
  constexpr std::string_view kReference = "/image/reference";
  std::string_view pointer = use.pointer;
  if (pointer.ends_with(kReference)) pointer.remove_suffix(std::string_view("/reference").size());
  return FieldPath(pointer);
}

std::vector<Finding> FindingsAt(Level level, const Question& question,
                                const v1::VerifyImagesResponse& response) {
  std::vector<Finding> findings;
  std::map<std::pair<std::string_view, std::string_view>, size_t> index_of;
  for (const AskedUse& use : question.uses) {
    const v1::Verdict& verdict = VerdictOn(use, response);
    if (level == Level::kDenies && v1::IsAllowed(verdict)) continue;
    for (const v1::PolicyFailure& failure : verdict.policy_failures()) {
      if (failure.is_warning() != (level == Level::kWarns)) continue;
      const auto [entry, is_new] =
          index_of.try_emplace({failure.summary(), failure.details()}, findings.size());
      if (is_new) findings.push_back({&failure});
      findings[entry->second].paths.insert(PathOf(use));
    }
  }
  return findings;
}

std::string JoinPaths(const std::set<std::string>& paths) {
  std::string joined;
  size_t written = 0;
  for (const std::string& path : paths) {
    if (written > 0 && joined.size() + path.size() > kMaxPathsBytes) {
      absl::StrAppend(&joined, " and ", paths.size() - written, " more");
      break;
    }
    absl::StrAppend(&joined, written == 0 ? "" : ", ", path);
    ++written;
  }
  return joined;
}

std::string Write(const Finding& finding) {
  const std::string& details = finding.failure->details();
  return absl::StrCat(finding.failure->summary(), ": ", JoinPaths(finding.paths),
                      details.empty() ? "" : "\n", details);
}

}  // namespace

bool IsDeniedByPolicies(const v1::Verdict& verdict) {
  return !v1::IsAllowed(verdict) &&
         absl::c_any_of(verdict.policy_failures(),
                        [](const v1::PolicyFailure& failure) { return !failure.is_warning(); });
}

std::vector<std::string> WriteDenyingFailures(const Question& question,
                                              const v1::VerifyImagesResponse& response) {
  std::vector<std::string> written;
  for (const Finding& finding : FindingsAt(Level::kDenies, question, response)) {
    written.push_back(Write(finding));
  }
  return written;
}

std::vector<std::string> WriteWarningFailures(const Question& question,
                                              const v1::VerifyImagesResponse& response) {
  const std::vector<Finding> findings = FindingsAt(Level::kWarns, question, response);
  std::vector<std::string> lines;
  for (size_t i = 0; i < findings.size(); ++i) {
    if (i == kMaxWarningFailures) {
      lines.push_back(absl::StrCat("And ", findings.size() - i, " more like these."));
      break;
    }
    const std::string text = Write(findings[i]);
    for (const std::string_view line : absl::StrSplit(text, '\n')) lines.emplace_back(line);
  }
  return lines;
}

}  // namespace countersign::shim
