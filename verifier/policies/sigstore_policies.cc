#include "verifier/policies/sigstore_policies.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "kube/metadata.h"
#include "verifier/policies/policy_resource.h"
#include "verifier/policies/review_knowledge.h"
#include "verifier/policies/sigstore_status.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "sigstore-policy";

bool IsBroken(const policy::CompiledSigstoreObject& object) { return !object.problems.empty(); }

SecretKeys::Options KeyOptions(const SigstorePolicies::Options& options) {
  SecretKeys::Options keys = options.secret_keys;
  keys.secret_namespace = options.config_namespace;
  keys.clock = options.clock;
  return keys;
}

}  // namespace

SigstorePolicies::SigstorePolicies(const Sources& sources, PolicyStore* store, Options options)
    : sources_(sources),
      store_(store),
      options_(std::move(options)),
      compiler_(options_.compile),
      review_settings_(ReviewSettingsOf({.kms_keys = sources_.kms_keys->Keys()}, nullptr,
                                        options_.config_namespace)),
      secret_keys_(sources_.secrets, KeyOptions(options_), [this] { Touch(); }),
      lists_(
          sources_.feed, options_.config_namespace,
          [this](const ObjectList& policies, bool have_changed) {
            TakePolicies(policies, have_changed);
          },
          [this] { Wake(); }),
      thread_([this] { Run(); }) {}

SigstorePolicies::~SigstorePolicies() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  thread_.join();
}

void SigstorePolicies::Touch() {
  absl::MutexLock lock(&mutex_);
  is_woken_ = is_touched_ = true;
}

void SigstorePolicies::Wake() {
  absl::MutexLock lock(&mutex_);
  is_woken_ = true;
}

SigstoreCounts SigstorePolicies::counts() const {
  absl::MutexLock lock(&mutex_);
  return counts_;
}

policy::ReviewSettings SigstorePolicies::review_settings() const {
  absl::MutexLock lock(&mutex_);
  return review_settings_;
}

// Before they are compiled, so that keys that are new are there by then.
void SigstorePolicies::TakePolicies(const ObjectList& policies, bool have_changed) {
  std::vector<const base::Json*> objects;
  for (const kube::Object& object : *policies) objects.push_back(&object.json);
  secret_keys_.Want(options_.find_references(objects).secrets, /*again=*/have_changed);
}

void SigstorePolicies::Run() {
  absl::Time next_look = absl::InfinitePast();
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto is_due = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return is_woken_ || is_stopping_;
      };
      options_.clock->Await(&mutex_, absl::Condition(&is_due), next_look);
      if (is_stopping_) return;
      is_woken_ = false;
    }
    next_look = Look();
  }
}

absl::Time SigstorePolicies::Look() {
  bool is_touched = false;
  {
    absl::MutexLock lock(&mutex_);
    is_touched = std::exchange(is_touched_, false);
  }
  const absl::Time now = options_.clock->Now();
  const absl::Time next = now + options_.interval;
  const SigstoreLists::State lists = lists_.state();
  if (sources_.trust_roots != nullptr && lists.objects.trust_roots != set_trust_roots_) {
    set_trust_roots_ = lists.objects.trust_roots;
    sources_.trust_roots->Set(*set_trust_roots_);
  }
  const absl::Status problem = Problem(lists);
  const bool is_mended = problem.ok() && !told_problem_.ok();
  if (HasChanged(lists, is_touched, is_mended) && !changed_since_) changed_since_ = now;
  if (changed_since_ && !secret_keys_.HaveBeenTried() &&
      now < *changed_since_ + options_.patience) {
    return std::min(next, *changed_since_ + options_.patience);
  }
  const bool can_be = lists.are_complete && sources_.namespaces->first_read().ok();
  if (can_be && changed_since_) PutInForce(lists.objects, problem.ok());
  if (can_be && (changed_since_ || !(lists.objects == reported_))) Report(lists.objects);
  if (can_be) changed_since_.reset();
  if (!problem.ok() && problem != told_problem_) {
    store_->SetUnreadable(problem, PolicyPart::kSigstore);
  }
  told_problem_ = problem;
  const bool is_known = can_be || (lists.have_been_looked_for && !problem.ok());
  if (is_known && !first_.HasBeenNotified()) first_.Notify();
  return next;
}

bool SigstorePolicies::HasChanged(const SigstoreLists::State& lists, bool is_touched,
                                  bool is_mended) {
  const bool is_other_root = TakeDefaultRoot();
  const bool are_others = std::exchange(version_, lists.version) != lists.version;
  return is_touched || is_mended || is_other_root || are_others;
}

absl::Status SigstorePolicies::Problem(const SigstoreLists::State& lists) const {
  if (!lists.problem.ok()) return lists.problem;
  return base::Annotate("labels of namespaces", sources_.namespaces->problem());
}

bool SigstorePolicies::TakeDefaultRoot() {
  std::shared_ptr<const cosign::TrustedRoot> root = sources_.default_root();
  const bool is_same = root == nullptr || default_root_ == nullptr ? root == default_root_
                                                                   : root->id == default_root_->id;
  if (!is_same) default_root_ = std::move(root);
  return !is_same;
}

SigstoreSurroundings SigstorePolicies::Surroundings(const SigstoreObjects& objects) const {
  SigstoreSurroundings surroundings = {.secret_keys = secret_keys_.keys(),
                                       .kms_keys = sources_.kms_keys->Keys(),
                                       .default_root = default_root_,
                                       .namespaces = options_.namespaces};
  for (const kube::Object& object : *objects.trust_roots) {
    const std::string name = kube::NameOf(object.json);
    NamedTrustRoot& named = surroundings.trust_roots[name];
    if (sources_.trust_roots == nullptr) {
      named.root = absl::UnimplementedError("TrustRoots are not read here");
      named.problem = named.root.status();
    } else {
      named.root = sources_.trust_roots->Get(name);
      named.problem = sources_.trust_roots->Problem(name);
    }
  }
  return surroundings;
}

void SigstorePolicies::PutInForce(const SigstoreObjects& objects, bool are_all) {
  const SigstoreSurroundings surroundings = Surroundings(objects);
  compiled_ = compiler_.Apply(objects, surroundings);
  trust_problems_.clear();
  for (const auto& [name, root] : surroundings.trust_roots) {
    trust_problems_.emplace(name, root.problem);
  }
  policy::ReviewSettings review =
      ReviewSettingsOf(surroundings, compiled_.settings, options_.config_namespace);
  {
    absl::MutexLock lock(&mutex_);
    review_settings_ = std::move(review);
  }
  Count(objects, surroundings);
  const absl::StatusOr<PolicySnapshot> before = store_->state(PolicyPart::kSigstore).snapshot;
  if (are_all) {
    store_->Set(compiled_.in_force, {}, PolicyPart::kSigstore);
  } else {
    store_->SetWhatIsReadable(compiled_.in_force, PolicyPart::kSigstore);
  }
  if (!before.ok() || (*before)->id() != compiled_.in_force->id()) {
    base::LogInfo(kLogger, "Policies of policy.sigstore.dev have been put in force.",
                  {{"policies", absl::StrCat(objects.image_policies->size())}});
  }
  Log(objects);
  if (options_.on_read) options_.on_read();
}

void SigstorePolicies::Report(const SigstoreObjects& objects) {
  reported_ = objects;
  if (options_.on_report) options_.on_report(ReportOf(objects, compiled_, trust_problems_));
}

void SigstorePolicies::Log(const SigstoreObjects& objects) {
  for (size_t i = 0; i < objects.image_policies->size(); ++i) {
    problem_log_.Tell("ClusterImagePolicy of policy.sigstore.dev", (*objects.image_policies)[i],
                      compiled_.image_policies[i].problems, compiled_.image_policies[i].warnings);
  }
  for (size_t i = 0; i < objects.options->size(); ++i) {
    problem_log_.Tell("PolicyOptions", (*objects.options)[i], compiled_.options[i].problems,
                      compiled_.options[i].warnings);
  }
  if (!objects.settings->empty()) {
    problem_log_.Tell("ConfigMap", objects.settings->front(), compiled_.settings_problems);
  }
  problem_log_.EndRound();
}

void SigstorePolicies::Count(const SigstoreObjects& objects,
                             const SigstoreSurroundings& surroundings) {
  SigstoreCounts counts = {.image_policies = objects.image_policies->size(),
                           .options = objects.options->size(),
                           .trust_roots = objects.trust_roots->size(),
                           .settings_problems = compiled_.settings_problems.size()};
  for (const policy::CompiledSigstoreObject& object : compiled_.image_policies) {
    counts.broken_image_policies += IsBroken(object) ? 1 : 0;
    counts.problems += object.problems.size();
  }
  for (const policy::CompiledSigstoreObject& object : compiled_.options) {
    counts.broken_options += IsBroken(object) ? 1 : 0;
    counts.problems += object.problems.size();
  }
  for (const auto& [name, root] : surroundings.trust_roots) {
    counts.broken_trust_roots += root.problem.ok() ? 0 : 1;
  }
  for (const auto& [name, key] : surroundings.secret_keys) {
    ++(key.pem.ok() ? counts.keys : counts.missing_keys);
    counts.old_keys += key.pem.ok() && !key.fault.ok() ? 1 : 0;
  }
  for (const ObjectList& list : {objects.image_policies, objects.trust_roots, objects.options}) {
    counts.held += std::count_if(list->begin(), list->end(), [](const kube::Object& object) {
      return IsOfPolicyController(object.json);
    });
  }
  absl::MutexLock lock(&mutex_);
  counts_ = counts;
}

}  // namespace countersign::verifier
