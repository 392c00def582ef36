#include "policy/policy_identity.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::policy {
namespace {

using base::JsonPlace;
using base::Quoted;

absl::Status CheckVersion(const JsonPlace& object) {
  CS_ASSIGN_OR_RETURN(const std::string version, object.OptionalString("apiVersion"));
  if (absl::StartsWith(version, absl::StrCat(kPolicyGroup, "/"))) return absl::OkStatus();
  return object.MemberError(
      "apiVersion", absl::StrCat("must be a version of ", kPolicyGroup, ", is ", Quoted(version)));
}

absl::Status CheckKind(const JsonPlace& object) {
  CS_ASSIGN_OR_RETURN(const std::string kind, object.OptionalString("kind"));
  if (kind == kPolicyKind) return absl::OkStatus();
  return object.MemberError("kind",
                            absl::StrCat("must be \"", kPolicyKind, "\", is ", Quoted(kind)));
}

absl::Status CheckName(const JsonPlace& object) {
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> metadata, object.Optional("metadata"));
  if (!metadata.has_value()) return object.MemberError("metadata", "is missing");
  CS_ASSIGN_OR_RETURN(const std::string name, metadata->OptionalString("name"));
  if (name == kPolicyName) return absl::OkStatus();
  return metadata->MemberError(
      "name", absl::StrCat("must be \"", kPolicyName, "\", is ", Quoted(name),
                           ": there is one policy, which has this name, and no second"));
}

}  // namespace

std::vector<Problem> FindIdentityFaults(const JsonPlace& object) {
  std::vector<Problem> faults;
  for (const absl::Status& check : {CheckVersion(object), CheckKind(object), CheckName(object)}) {
    if (std::optional<Problem> fault = base::FaultOf(check)) faults.push_back(*std::move(fault));
  }
  return faults;
}

bool IsMisnamed(const JsonPlace& object) { return !CheckName(object).ok(); }

}  // namespace countersign::policy
