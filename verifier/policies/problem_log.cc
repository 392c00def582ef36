#include "verifier/policies/problem_log.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/printable.h"
#include "kube/metadata.h"
#include "verifier/policies/status_conditions.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "sigstore-policy";

}  // namespace

void ProblemLog::Tell(const std::string& what, const kube::Object& object,
                      const std::vector<policy::Problem>& problems,
                      const std::vector<policy::Problem>& warnings) {
  const std::string name = absl::StrCat(what, " ", base::Printable(kube::NameOf(object.json)));
  seen_.insert(name);
  const std::string faults = ListProblems(problems);
  const std::string oddities = ListProblems(warnings);
  std::string& told = told_[name];
  std::string now = absl::StrCat(faults, "\n", oddities);
  if (told == now) return;
  told = std::move(now);
  if (!problems.empty()) {
    base::LogError(
        kLogger, "Part of this cannot be used, and denies; the rest is in force.",
        {{"object", name}, {"place", object.locate(problems.front().pointer)}, {"error", faults}});
  }
  if (!warnings.empty()) {
    base::LogWarning(kLogger, "This may not be what it was meant to be.",
                     {{"object", name},
                      {"place", object.locate(warnings.front().pointer)},
                      {"error", oddities}});
  }
  if (problems.empty() && warnings.empty()) {
    base::LogInfo(kLogger, "This is in force as a whole.", {{"object", name}});
  }
}

void ProblemLog::EndRound() {
  std::erase_if(told_, [this](const auto& entry) { return !seen_.contains(entry.first); });
  seen_.clear();
}

}  // namespace countersign::verifier
