#include "policy/sigstore/check_match.h"

#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "base/json_pointer.h"
#include "base/printable.h"
#include "policy/label_selector.h"

namespace countersign::policy {
namespace {

using base::JsonPointer;
using base::Quoted;

constexpr std::string_view kOfApps[] = {"daemonsets", "deployments", "replicasets", "statefulsets"};
constexpr std::string_view kOfBatch[] = {"cronjobs", "jobs"};
constexpr std::string_view kOfCore[] = {"pods", "replicationcontrollers"};

// Of the group, version and resource, one sentence for each that is absent.
void CheckKind(const MatchEntry& entry, const std::string& pointer,
               std::vector<Finding>& findings) {
  const auto warn = [&](std::string_view member, std::string reason) {
    const std::string at = member.empty() ? pointer : JsonPointer(pointer, member);
    findings.push_back({at, std::move(reason), /*refuses=*/false});
  };
  if (entry.group.empty() && entry.version.empty() && entry.resource.empty()) {
    return warn("", "names no kind, and so matches all (in the Policy Controller: none)");
  }
  if (entry.version.empty()) {
    warn("version",
         "is absent, and so any (in the Policy Controller the entry matches nothing): write \"*\"");
  }
  if (entry.resource.empty()) {
    return warn("resource",
                absl::StrCat("is absent, and so everything in the group ", Quoted(entry.group),
                             " (in the Policy Controller the entry matches nothing)"));
  }
  const std::string_view group = GroupOf(entry.resource);
  const bool is_known = !group.empty() || absl::c_linear_search(kOfCore, entry.resource);
  if (!is_known || entry.group == group) return;
  if (entry.group.empty()) {
    warn("group", absl::StrCat("is absent, and so ", Quoted(group), ", where ", entry.resource,
                               " are (in the Policy Controller the entry matches nothing)"));
  } else {
    warn("group", absl::StrCat(entry.resource, " are in the group ", Quoted(group), ", not in ",
                               Quoted(entry.group), ": the entry matches nothing"));
  }
}

}  // namespace

std::string_view GroupOf(std::string_view resource) {
  if (absl::c_linear_search(kOfApps, resource)) return "apps";
  if (absl::c_linear_search(kOfBatch, resource)) return "batch";
  return "";
}

void CheckMatchEntry(const MatchEntry& entry, const std::string& pointer,
                     std::vector<Finding>& findings) {
  if (entry.broken.has_value()) return;
  CheckKind(entry, pointer, findings);
  if (!entry.selector.has_value()) return;
  auto compiled = LabelSelector::Compile(*entry.selector, JsonPointer(pointer, "selector"));
  if (auto* const problem = std::get_if<Problem>(&compiled)) {
    findings.push_back({std::move(problem->pointer), std::move(problem->reason)});
  }
}

}  // namespace countersign::policy
