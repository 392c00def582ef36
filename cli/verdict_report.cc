#include "cli/verdict_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/json.h"
#include "base/printable.h"

namespace countersign::cli {
namespace {

bool IsAllowed(const v1::Verdict& verdict) { return verdict.decision() == v1::DECISION_ALLOW; }

std::string ReasonName(v1::Reason reason) {
  const std::string name = v1::Reason_Name(reason);
  return std::string(absl::StripPrefix(name, "REASON_"));
}

std::string Why(const v1::Verdict& verdict) {
  if (verdict.reason() == v1::REASON_VERIFIED) {
    return absl::StrCat("verified at ", verdict.digest(), " by ",
                        absl::StrJoin(verdict.keys(), ", "), " (pattern ",
                        absl::StrJoin(verdict.patterns(), ", "), ")");
  }
  return verdict.message().empty() ? verdict.warning() : verdict.message();
}

}  // namespace

bool AllAllowed(const v1::VerifyImagesRequest& request, const v1::VerifyImagesResponse& response) {
  return response.verdicts_size() == request.images_size() &&
         std::all_of(response.verdicts().begin(), response.verdicts().end(), IsAllowed);
}

std::string WriteText(const v1::VerifyImagesResponse& response) {
  std::string text;
  for (const v1::Verdict& verdict : response.verdicts()) {
    absl::StrAppend(&text, IsAllowed(verdict) ? "allowed  " : "denied   ",
                    base::Printable(verdict.reference()), "  ", base::Printable(Why(verdict)),
                    "\n");
  }
  return text;
}

std::string WriteJson(const v1::VerifyImagesRequest& request,
                      const v1::VerifyImagesResponse& response) {
  base::Json images = base::Json::array();
  for (const v1::Verdict& verdict : response.verdicts()) {
    images.push_back(
        {{"reference", verdict.reference()},
         {"decision", IsAllowed(verdict) ? "allow" : "deny"},
         {"reason", ReasonName(verdict.reason())},
         {"message", verdict.message()},
         {"digest", verdict.digest()},
         {"patterns",
          std::vector<std::string>(verdict.patterns().begin(), verdict.patterns().end())},
         {"keys", std::vector<std::string>(verdict.keys().begin(), verdict.keys().end())}});
  }
  const base::Json report = {
      {"allowed", AllAllowed(request, response)},
      {"images", images},
      {"warnings",
       std::vector<std::string>(response.warnings().begin(), response.warnings().end())},
  };
  return report.dump(-1, ' ', false, base::Json::error_handler_t::replace) + "\n";
}

}  // namespace countersign::cli
