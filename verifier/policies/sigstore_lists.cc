#include "verifier/policies/sigstore_lists.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "verifier/policies/policy_resource.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "sigstore-policy";

// Whether both have the same members, whatever those that are passed over are.
bool AreSame(const base::Json& one, const base::Json& other,
             std::initializer_list<std::string_view> passed_over) {
  if (!one.is_object() || !other.is_object()) return one == other;
  const auto is_passed_over = [&](const std::string& name) {
    return std::find(passed_over.begin(), passed_over.end(), name) != passed_over.end();
  };
  const auto has_all_of = [&](const base::Json& some, const base::Json& others) {
    for (const auto& [name, value] : some.items()) {
      if (is_passed_over(name)) continue;
      const base::Json* const same = base::FindMember(others, name);
      if (same == nullptr || *same != value) return false;
    }
    return true;
  };
  return has_all_of(one, other) && has_all_of(other, one);
}

// Whether an object says the same, but for its status and for which state of it that is.
bool SayTheSame(const base::Json& one, const base::Json& other) {
  const base::Json none;
  const base::Json* const metadata = base::FindMember(one, "metadata");
  const base::Json* const other_metadata = base::FindMember(other, "metadata");
  return AreSame(one, other, {"metadata", "status"}) &&
         AreSame(metadata == nullptr ? none : *metadata,
                 other_metadata == nullptr ? none : *other_metadata, {"resourceVersion"});
}

// Whether there are others, or one of them says something else; in their order.
bool HaveChanged(const ObjectList& before, const std::vector<kube::Object>& objects) {
  return before == nullptr ||
         !std::equal(before->begin(), before->end(), objects.begin(), objects.end(),
                     [](const kube::Object& one, const kube::Object& other) {
                       return SayTheSame(one.json, other.json);
                     });
}

}  // namespace

SigstoreLists::SigstoreLists(kube::ObjectFeed* feed, const std::string& config_namespace,
                             PoliciesCallback on_policies, std::function<void()> on_change)
    : on_policies_(std::move(on_policies)), on_change_(std::move(on_change)) {
  const std::array<kube::ObjectSelection, kKinds> selections = {
      SigstorePolicySelection(), TrustRootSelection(), PolicyOptionsSelection(),
      PolicySettingsSelection(config_namespace)};
  for (const Kind kind : {kImagePolicies, kTrustRoots, kOptions, kSettings}) {
    watches_.push_back(feed->Watch(
        selections[kind], [this, kind](const kube::ListedObjects& listed) { Take(kind, listed); }));
  }
}

SigstoreLists::State SigstoreLists::state() const {
  absl::MutexLock lock(&mutex_);
  State state = {.objects = {.image_policies = followed_[kImagePolicies].objects,
                             .trust_roots = followed_[kTrustRoots].objects,
                             .options = followed_[kOptions].objects,
                             .settings = followed_[kSettings].objects},
                 .version = version_,
                 .are_complete = true,
                 .have_been_looked_for = true};
  for (const Followed& followed : followed_) {
    state.are_complete &= followed.objects != nullptr;
    state.have_been_looked_for &= followed.has_been_looked_for;
    if (state.problem.ok()) state.problem = followed.problem;
  }
  return state;
}

void SigstoreLists::Take(Kind kind, const kube::ListedObjects& listed) {
  static constexpr std::array<std::string_view, kKinds> kNames = {
      "policies of policy.sigstore.dev", "TrustRoots", "PolicyOptions",
      "ConfigMap config-policy-controller"};
  ObjectList before;
  ObjectList objects;
  bool have_changed = false;
  {
    absl::MutexLock lock(&mutex_);
    before = followed_[kind].objects;
  }
  if (listed.ok()) {
    objects = std::make_shared<const std::vector<kube::Object>>(*listed);
    have_changed = HaveChanged(before, *objects);
  }
  {
    absl::MutexLock lock(&mutex_);
    Followed& followed = followed_[kind];
    version_ += have_changed ? 1 : 0;
    followed.has_been_looked_for = true;
    followed.problem = base::Annotate(kNames[kind], listed.status());
    if (objects != nullptr) followed.objects = objects;
  }
  if (!listed.ok()) {
    base::LogError(
        kLogger,
        before == nullptr ? "What policies are made of cannot be read, and has not been before: "
                            "everything is denied until it can be."
                          : "What policies are made of cannot be read; what was read last stays.",
        {{"object", std::string(kNames[kind])}, {"error", std::string(listed.status().message())}});
  } else if (kind == kImagePolicies && on_policies_) {
    on_policies_(objects, have_changed);
  }
  if (on_change_) on_change_();
}

}  // namespace countersign::verifier
