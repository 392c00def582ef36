#include "verifier/policies/policy_watcher.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "kube/metadata.h"
#include "verifier/policies/policy_objects.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "policy";

// Reads the one policy there may be. Null: there is none.
absl::StatusOr<PolicySnapshot> ReadPolicy(const std::vector<kube::Object>& objects) {
  if (objects.empty()) return nullptr;
  // Before anything else, so that a policy that was misnamed is not taken for no policy.
  for (const kube::Object& object : objects) {
    const std::string name = kube::NameOf(object.json);
    if (name == policy::kPolicyName) continue;
    return absl::FailedPreconditionError(
        absl::StrCat(object.locate("/metadata/name"),
                     ": there is one ClusterImagePolicy, and its name must be \"",
                     policy::kPolicyName, "\"; this one is named \"", name, "\""));
  }
  if (objects.size() > 1) {
    return absl::FailedPreconditionError(
        absl::StrCat(objects[1].locate(""), ": a second ClusterImagePolicy; the first is at ",
                     objects[0].locate("")));
  }
  absl::StatusOr<policy::ImagePolicy> policy = policy::ImagePolicy::FromObject(objects[0].json);
  if (!policy.ok()) {
    const std::string pointer = base::PointerOf(policy.status()).value_or("");
    return base::Annotate(objects[0].locate(pointer), policy.status());
  }
  return std::make_shared<const policy::ImagePolicy>(*std::move(policy));
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

void LogPolicy(const policy::ImagePolicy& policy, const kube::Object& object) {
  for (const policy::Problem& problem : policy.problems()) {
    base::LogError(
        kLogger,
        "Part of the policy cannot be used; what names it is denied. The rest is in force.",
        {{"object", absl::StrCat("ClusterImagePolicy ", policy::kPolicyName)},
         {"place", object.locate(problem.path)},
         {"error", absl::StrCat(problem.path, ": ", problem.message)}});
  }
  base::LogInfo(kLogger, "The policy is in force.",
                {{"keys", absl::StrCat(policy.keys().size())},
                 {"patterns", absl::StrCat(policy.rules().size())},
                 {"problems", absl::StrCat(policy.problems().size())}});
}

}  // namespace

bool TakePolicies(const kube::ListedObjects& objects, PolicyStore* store) {
  const PolicyState before = store->state();
  absl::StatusOr<PolicySnapshot> policy = objects.ok() ? ReadPolicy(*objects) : objects.status();
  if (!policy.ok()) {
    LogRefusal(policy.status(), objects.ok(), before.snapshot.ok());
    store->SetUnreadable(policy.status());
    return false;
  }
  PolicyVersion version = VersionOf(*objects);
  if (*policy == nullptr) {
    base::LogInfo(kLogger, "There is no policy; nothing is enforced.");
  } else if (!IsInForce(before, version)) {
    LogPolicy(**policy, objects->front());
  }
  store->Set(*std::move(policy), std::move(version));
  return true;
}

PolicyWatcher::PolicyWatcher(kube::ObjectFeed* feed, PolicyStore* store,
                             std::function<void()> on_read, ListCallback on_list)
    : store_(store),
      on_read_(std::move(on_read)),
      on_list_(std::move(on_list)),
      watch_(feed->Watch(PolicyObjects(),
                         [this](const kube::ListedObjects& objects) { OnChange(objects); })) {}

void PolicyWatcher::OnChange(const kube::ListedObjects& objects) {
  if (TakePolicies(objects, store_) && on_read_) on_read_();
  if (objects.ok() && on_list_) on_list_(*objects);
  if (!first_.HasBeenNotified()) first_.Notify();
}

}  // namespace countersign::verifier
