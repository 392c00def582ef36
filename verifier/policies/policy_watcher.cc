#include "verifier/policies/policy_watcher.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/log.h"
#include "base/printable.h"
#include "kube/metadata.h"
#include "policy/compiled.h"
#include "policy/policy_identity.h"
#include "verifier/policies/policy_resource.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "policy";

// Why what there is is not put in force.
absl::Status WhyRefused(const PolicyList& list) {
  for (size_t i = 0; i < list.objects.size(); ++i) {
    const kube::Object& object = list.objects[i];
    if (list.compiled->sign[i].acceptance != policy::Acceptance::kWrongName) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        object.locate("/metadata/name"),
        ": there is one ClusterImagePolicy, and its name must be \"", policy::kPolicyName,
        "\"; this one is named \"", kube::NameOf(object.json), "\""));
  }
  if (list.objects.size() > 1) {
    return absl::FailedPreconditionError(
        absl::StrCat(list.objects[1].locate(""), ": a second ClusterImagePolicy; the first is at ",
                     list.objects[0].locate("")));
  }
  const policy::Problem fault = list.compiled->sign[0].fault.value_or(policy::Problem());
  return absl::InvalidArgumentError(
      absl::StrCat(list.objects[0].locate(fault.pointer), ": ",
                   base::Printable(absl::StrCat(fault.pointer, ": ", fault.reason))));
}

PolicyVersion VersionOf(const std::vector<kube::Object>& objects) {
  if (objects.empty()) return {};
  const base::Json& policy = objects[0].json;
  return {.uid = kube::UidOf(policy),
          .generation = kube::GenerationOf(policy),
          .resource_version = kube::ResourceVersionOf(policy)};
}

// Whether nothing has changed but the object's status or metadata.
bool IsInForce(const PolicyState& state, const PolicyVersion& version) {
  return state.snapshot.ok() && state.problem.ok() && version.generation != 0 &&
         version.uid == state.version.uid && version.generation == state.version.generation;
}

void LogRefusal(const absl::Status& why, bool was_read, bool has_good_one) {
  base::LogError(kLogger,
                 absl::StrCat(was_read ? "The policy was refused" : "The policy cannot be read",
                              has_good_one ? "; the last good one stays in force."
                                           : ", and there is no earlier one: everything is denied "
                                             "until it is mended."),
                 {{"error", std::string(why.message())}});
}

void LogPolicy(const policy::CompiledObject& policy, size_t usable_patterns,
               const kube::Object& object) {
  for (const policy::Problem& problem : policy.problems) {
    base::LogError(
        kLogger,
        "Part of the policy cannot be used; what names it is denied. The rest is in force.",
        {{"object", absl::StrCat("ClusterImagePolicy ", policy::kPolicyName)},
         {"place", object.locate(problem.pointer)},
         {"error", base::Printable(absl::StrCat(problem.pointer, ": ", problem.reason))}});
  }
  base::LogInfo(kLogger, "The policy is in force.",
                {{"keys", absl::StrCat(policy.keys)},
                 {"patterns", absl::StrCat(usable_patterns)},
                 {"problems", absl::StrCat(policy.problems.size())}});
}

bool Refuse(const absl::Status& why, bool was_read, PolicyStore* store) {
  LogRefusal(why, was_read, store->state().snapshot.ok());
  store->SetUnreadable(why);
  return false;
}

}  // namespace

bool TakePolicies(const PolicyList& list, PolicyStore* store) {
  policy::PoliciesPtr policies = list.compiled->policies;
  if (policies == nullptr) return Refuse(WhyRefused(list), /*was_read=*/true, store);
  PolicyVersion version = VersionOf(list.objects);
  if (policies->IsNone()) {
    base::LogInfo(kLogger, "There is no policy; nothing is enforced.");
  } else if (!IsInForce(store->state(), version)) {
    LogPolicy(list.compiled->sign.front(), policies->all().size(), list.objects.front());
  }
  store->Set(std::move(policies), std::move(version));
  return true;
}

PolicyWatcher::PolicyWatcher(kube::ObjectFeed* feed, PolicyStore* store,
                             std::function<void()> on_read, ListCallback on_list)
    : store_(store),
      on_read_(std::move(on_read)),
      on_list_(std::move(on_list)),
      watch_(feed->Watch(PolicySelection(),
                         [this](const kube::ListedObjects& objects) { OnChange(objects); })) {}

void PolicyWatcher::OnChange(const kube::ListedObjects& objects) {
  if (objects.ok()) {
    const PolicyList list = CompileList(*objects);
    if (TakePolicies(list, store_) && on_read_) on_read_();
    if (on_list_) on_list_(list);
  } else {
    Refuse(objects.status(), /*was_read=*/false, store_);
  }
  if (!first_.HasBeenNotified()) first_.Notify();
}

}  // namespace countersign::verifier
