#include "verifier/policies/sigstore_lists.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "kube/metadata.h"
#include "verifier/policies/policy_resource.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "sigstore-policy";

base::Json SpecOf(const base::Json& object) {
  const base::Json* const spec = base::FindMember(object, "spec");
  return spec == nullptr ? base::Json() : *spec;
}

// Whether there are others, or one of them says something else; in their order.
bool HaveChanged(const ObjectList& before, const std::vector<kube::Object>& objects) {
  if (before == nullptr || before->size() != objects.size()) return true;
  for (size_t i = 0; i < objects.size(); ++i) {
    const base::Json& one = (*before)[i].json;
    const base::Json& other = objects[i].json;
    if (kube::NameOf(one) != kube::NameOf(other) || kube::UidOf(one) != kube::UidOf(other) ||
        SpecOf(one) != SpecOf(other)) {
      return true;
    }
  }
  return false;
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
  if (listed.ok()) objects = std::make_shared<const std::vector<kube::Object>>(*listed);
  {
    absl::MutexLock lock(&mutex_);
    Followed& followed = followed_[kind];
    before = followed.objects;
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
    on_policies_(objects, HaveChanged(before, *objects));
  }
  if (on_change_) on_change_();
}

}  // namespace countersign::verifier
