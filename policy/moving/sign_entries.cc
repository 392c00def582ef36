#include "policy/moving/sign_entries.h"

#include <map>
#include <string_view>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "policy/policy.h"
#include "policy/sign_policy.h"

namespace countersign::policy {
namespace {

// The text of a member of an element of a list of spec.verification; both are there, as the object
// was read.
std::string TextAt(const base::Json& object, std::string_view list, size_t index,
                   std::string_view member) {
  const base::Json& elements = object.at("spec").at("verification").at(std::string(list));
  return base::FindString(elements.at(index), member);
}

}  // namespace

absl::StatusOr<SignEntries> ReadSignEntries(const base::Json& object, StepBudget& steps) {
  const SignPolicy read = ReadSignPolicy(object, steps);
  if (read.fault.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(read.fault->pointer, ": ", read.fault->reason));
  }
  SignEntries result;
  for (const Problem& problem : read.problems) {
    result.problems.push_back(absl::StrCat(problem.pointer, ": ", problem.reason));
  }
  result.denies_unmatched = !read.group.broken_patterns.empty();
  result.excluded_namespaces.assign(read.group.excluded_namespaces.begin(),
                                    read.group.excluded_namespaces.end());
  absl::c_sort(result.excluded_namespaces);
  std::map<const Authority*, size_t> key_of;
  for (const AuthorityPtr& authority : read.group.authorities) {
    if (!authority->IsUsable()) continue;
    key_of[authority.get()] = result.keys.size();
    result.keys.push_back({authority->name, TextAt(object, "keys", authority->index, "publicKey")});
  }
  size_t index = 0;
  for (const Policy& policy : read.policies) {
    // Patterns that cannot be used are left out of what was read.
    while (TextAt(object, "images", index, "namePattern") != policy.name) ++index;
    SignEntries::Entry entry = {
        .index = index++, .pattern = std::get<NamePattern>(policy.images), .secret = policy.secret};
    for (const AuthorityPtr& authority : policy.authorities) {
      if (const auto key = key_of.find(authority.get()); key != key_of.end()) {
        entry.keys.insert(key->second);
      }
    }
    result.entries.push_back(std::move(entry));
  }
  return result;
}

}  // namespace countersign::policy
