#include "verifier/policy_watcher.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "policy";

std::string NameOf(const kube::Object& object) {
  const base::Json* metadata = base::FindMember(object.json, "metadata");
  if (metadata == nullptr) return "";
  return base::StringMember(*metadata, "name", "/metadata").value_or("");
}

// Reads the one policy there may be. Null: there is none.
absl::StatusOr<PolicySnapshot> ReadPolicy(const std::vector<kube::Object>& objects) {
  if (objects.empty()) return nullptr;
  // Before anything else, so that a policy that was misnamed is not taken for no policy.
  for (const kube::Object& object : objects) {
    const std::string name = NameOf(object);
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
  for (const policy::Problem& problem : policy->problems()) {
    base::LogError(
        kLogger,
        "Part of the policy cannot be used; what names it is denied. The rest is in force.",
        {{"object", absl::StrCat("ClusterImagePolicy ", policy::kPolicyName)},
         {"place", objects[0].locate(problem.path)},
         {"error", absl::StrCat(problem.path, ": ", problem.message)}});
  }
  return std::make_shared<const policy::ImagePolicy>(*std::move(policy));
}

}  // namespace

PolicyWatcher::PolicyWatcher(kube::Api* api, PolicyStore* store, std::function<void()> on_read)
    : store_(store),
      on_read_(std::move(on_read)),
      watch_(api->WatchPolicies(
          [this](absl::StatusOr<std::vector<kube::Object>> objects) { OnChange(objects); })) {}

void PolicyWatcher::OnChange(const absl::StatusOr<std::vector<kube::Object>>& objects) {
  Take(objects);
  if (!first_.HasBeenNotified()) first_.Notify();
}

void PolicyWatcher::Take(const absl::StatusOr<std::vector<kube::Object>>& objects) {
  absl::StatusOr<PolicySnapshot> policy = objects.ok() ? ReadPolicy(*objects) : objects.status();
  if (!policy.ok()) {
    const bool has_good_one = store_->Get().ok();
    base::LogError(kLogger,
                   has_good_one ? "The policy was refused; the last good one stays in force."
                                : "The policy was refused, and there is no earlier one: everything "
                                  "is denied until it is mended.",
                   {{"error", std::string(policy.status().message())}});
    store_->SetUnreadable(policy.status());
    return;
  }
  base::LogInfo(
      kLogger,
      *policy == nullptr ? "There is no policy; nothing is enforced." : "The policy is in force.",
      *policy == nullptr
          ? base::LogFields{}
          : base::LogFields{{"keys", absl::StrCat((*policy)->keys().size())},
                            {"patterns", absl::StrCat((*policy)->rules().size())},
                            {"problems", absl::StrCat((*policy)->problems().size())}});
  store_->Set(*std::move(policy));
  if (on_read_) on_read_();
}

}  // namespace countersign::verifier
