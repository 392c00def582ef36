#include "verifier/sigstore_parts.h"

#include <cstdint>
#include <utility>

#include "base/status_macros.h"
#include "kube/object_selection.h"
#include "verifier/policies/policy_resource.h"
#include "verifier/policies/sigstore_report.h"

namespace countersign::verifier {
namespace {

// Of a directory, a change holds within a second anyhow.
constexpr absl::Duration kDirectoryInterval = absl::Seconds(1);

}  // namespace

bool SigstoreParts::AreAny(kube::ObjectFeed* directory) {
  bool are_any = false;
  for (const kube::ObjectSelection& selection : {SigstorePolicySelection(), TrustRootSelection()}) {
    // A directory tells what there is before Watch returns.
    const auto watch = directory->Watch(selection, [&](const kube::ListedObjects& objects) {
      are_any |= objects.ok() && !objects->empty();
    });
  }
  return are_any;
}

absl::StatusOr<std::unique_ptr<SigstoreParts>> SigstoreParts::Create(const SigstoreOptions& options,
                                                                     World world) {
  std::unique_ptr<SigstoreParts> parts(new SigstoreParts(std::move(world)));
  SigstoreParts* const raw = parts.get();
  CS_ASSIGN_OR_RETURN(parts->kms_keys_, KmsKeys::Create(options.kms_keys, [raw] { raw->Touch(); }));
  parts->Start(options);
  return parts;
}

void SigstoreParts::Start(const SigstoreOptions& options) {
  world_.store->Expect(PolicyPart::kSigstore);
  if (world_.open_trust_roots) trust_roots_ = world_.open_trust_roots([this] { Touch(); });
  namespaces_ = std::make_unique<NamespaceLabels>(world_.cluster->feed.get(), [this] { Touch(); });
  if (world_.reports_status && world_.cluster->store != nullptr) {
    reporter_ = std::make_unique<PolicyStatusReporter>(world_.cluster->store.get(),
                                                       PolicyStatusReporter::Options());
  }
  SigstorePolicies::Options policies = {.config_namespace = options.config_namespace,
                                        .namespaces = options.Namespaces(),
                                        .on_read = world_.on_read};
  if (world_.is_directory) policies.secret_keys.interval = kDirectoryInterval;
  if (reporter_ != nullptr) {
    policies.on_report = [this](std::vector<ReportedObject> objects) {
      reporter_->Report(std::move(objects));
    };
  }
  policies_ = std::make_unique<SigstorePolicies>(
      SigstorePolicies::Sources{.feed = world_.cluster->feed.get(),
                                .secrets = world_.cluster->secrets.get(),
                                .kms_keys = kms_keys_.get(),
                                .namespaces = namespaces_.get(),
                                .default_root = [trust = world_.trust]() -> TrustedRootPtr {
                                  return trust == nullptr ? nullptr
                                                          : trust->current().value_or(nullptr);
                                },
                                .trust_roots = trust_roots_.get()},
      world_.store, std::move(policies));
  AddMetrics();
  absl::MutexLock lock(&mutex_);
  touched_ = policies_.get();
}

SigstoreParts::~SigstoreParts() {
  absl::MutexLock lock(&mutex_);
  touched_ = nullptr;
}

void SigstoreParts::Touch() {
  absl::MutexLock lock(&mutex_);
  if (touched_ != nullptr) touched_->Touch();
}

void SigstoreParts::AddMetrics() {
  AddSigstoreMetrics(world_.store, policies_.get(), world_.metrics);
  if (reporter_ == nullptr) return;
  constexpr char kName[] = "countersign_sigstore_policy_status_writes_total";
  constexpr char kHelp[] =
      "Writes of the status of policies of policy.sigstore.dev and of what belongs to them; those "
      "that "
      "are held are the Policy Controller's to write.";
  const auto add = [&](const char* outcome, uint64_t PolicyStatusReporter::Counts::*count) {
    world_.metrics->SampleCounter(kName, kHelp, {{"outcome", outcome}},
                                  [this, count] { return reporter_->counts().*count; });
  };
  add("ok", &PolicyStatusReporter::Counts::writes);
  add("failed", &PolicyStatusReporter::Counts::failures);
  add("held", &PolicyStatusReporter::Counts::held);
}

std::vector<std::string> SigstoreParts::Describe() const {
  return DescribeSigstorePolicies(world_.store->state(PolicyPart::kSigstore), policies_->counts());
}

}  // namespace countersign::verifier
