#include "policy/policy_identity.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::policy {
namespace {

using base::Json;
using base::Quoted;

absl::Status CheckVersion(const Json& object) {
  CS_ASSIGN_OR_RETURN(const std::string version, base::StringMember(object, "apiVersion", ""));
  if (absl::StartsWith(version, absl::StrCat(kPolicyGroup, "/"))) return absl::OkStatus();
  return base::MemberError(
      "/apiVersion", absl::StrCat("must be a version of ", kPolicyGroup, ", is ", Quoted(version)));
}

absl::Status CheckKind(const Json& object) {
  CS_ASSIGN_OR_RETURN(const std::string kind, base::StringMember(object, "kind", ""));
  if (kind == kPolicyKind) return absl::OkStatus();
  return base::MemberError("/kind",
                           absl::StrCat("must be \"", kPolicyKind, "\", is ", Quoted(kind)));
}

absl::Status CheckName(const Json& object) {
  CS_ASSIGN_OR_RETURN(const Json* const metadata, base::ObjectMember(object, "metadata", ""));
  if (metadata == nullptr) return base::MemberError("/metadata", "is missing");
  CS_ASSIGN_OR_RETURN(const std::string name, base::StringMember(*metadata, "name", "/metadata"));
  if (name == kPolicyName) return absl::OkStatus();
  return base::MemberError(
      "/metadata/name", absl::StrCat("must be \"", kPolicyName, "\", is ", Quoted(name),
                                     ": there is one policy, which has this name, and no second"));
}

}  // namespace

std::vector<absl::Status> FindIdentityFaults(const Json& object) {
  std::vector<absl::Status> faults;
  for (absl::Status check : {CheckVersion(object), CheckKind(object), CheckName(object)}) {
    if (!check.ok()) faults.push_back(std::move(check));
  }
  return faults;
}

}  // namespace countersign::policy
