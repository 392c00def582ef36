#include "verifier/verifier_assembly.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "base/clock.h"
#include "base/phase_duration.h"
#include "base/status_macros.h"
#include "kube/object_feed.h"
#include "kube/object_selection.h"
#include "kube/secret_reader.h"
#include "verifier/credentials/provider_flags.h"
#include "verifier/memory_metrics.h"
#include "verifier/policies/policy_list.h"
#include "verifier/policies/policy_report.h"
#include "verifier/policies/policy_resource.h"
#include "verifier/policies/policy_status.h"
#include "verifier/trust/trust_report.h"
#include "verifier/trust_root_reader.h"
#include "verifier/work_metrics.h"

namespace countersign::verifier {
namespace {

// Each waits for one registry. Of these, and of each registry's, a caller, a namespace and a request
// have only their share (base/share.h): whatever hangs, others find threads.
base::WorkerPool::Options Fetching(base::Metrics* metrics) {
  return {.threads = 512,
          .threads_per_lane = 64,
          .queue_per_lane = 8 * 1024,
          .queue = 16 * 1024,
          .shares = true,
          .waited = base::PhaseDuration("queue", metrics)};
}

bool IsDirectory(const VerifierAssembly::Options& options) {
  return !options.objects.directory.empty();
}

bool MayHaveSigstorePolicies(const VerifierAssembly::Options& options) {
  if (options.policies != nullptr) return false;
  return options.sigstore.is_on || (options.sigstore.is_on_if_any && IsDirectory(options));
}

bool HaveSigstorePolicies(const VerifierAssembly::Options& options, kube::ObjectFeed* feed) {
  return MayHaveSigstorePolicies(options) &&
         (options.sigstore.is_on || SigstoreParts::AreAny(feed));
}

absl::StatusOr<kube::ClusterConnection> OpenCluster(const VerifierAssembly::Options& options) {
  if (options.policies == nullptr || options.objects.IsNamed()) {
    std::vector<kube::ObjectSelection> selections = {PolicySelection()};
    if (MayHaveSigstorePolicies(options)) {
      for (kube::ObjectSelection& selection :
           SigstoreSelections(options.sigstore.config_namespace)) {
        selections.push_back(std::move(selection));
      }
    }
    return OpenObjectSource(options.objects, selections);
  }
  return kube::ClusterConnection{.secrets = std::make_shared<kube::NoSecrets>()};
}

// Null: none is to be kept.
absl::StatusOr<std::unique_ptr<TrustKeeper>> OpenTrust(const VerifierAssembly::Options& options,
                                                       http::Client* client) {
  if (options.trust) return TrustKeeper::Create(*options.trust, client);
  if (MayHaveSigstorePolicies(options)) return TrustKeeper::Create({}, client);
  return nullptr;
}

CachingSecretReader::Options CachingOptions(const VerifierAssembly::Options& options) {
  CachingSecretReader::Options caching;
  // A directory is in memory already, and its changes hold at once.
  if (!options.objects.directory.empty()) caching.max_age = absl::ZeroDuration();
  return caching;
}

Allowance::Limits CountedAllowance(Allowance::Limits limits, base::Metrics* metrics) {
  limits.unit_ends = BudgetEnds("request_work", metrics);
  limits.refusal_ends = BudgetEnds("request_refusals", metrics);
  return limits;
}

}  // namespace

absl::StatusOr<std::unique_ptr<VerifierAssembly>> VerifierAssembly::Create(const Options& options) {
  CS_ASSIGN_OR_RETURN(kube::ClusterConnection cluster, OpenCluster(options));
  CS_ASSIGN_OR_RETURN(
      std::unique_ptr<CredentialProviders> providers,
      LoadProviders(options.credential_provider_config, options.credential_provider_bin_dir));
  CS_ASSIGN_OR_RETURN(std::unique_ptr<RegistryHttpClient> client,
                      RegistryHttpClient::Create(options.registry_client, cluster.secrets.get()));
  CS_ASSIGN_OR_RETURN(std::unique_ptr<TrustKeeper> trust, OpenTrust(options, client.get()));
  std::unique_ptr<VerifierAssembly> assembly(new VerifierAssembly(
      options, std::move(cluster), std::move(client), std::move(providers), std::move(trust)));
  CS_RETURN_IF_ERROR(assembly->LookForSigstorePolicies(options));
  assembly->LookForPolicy(options);
  if (options.keeps_registries_warm) assembly->KeepWarm(options);
  return assembly;
}

VerifierAssembly::VerifierAssembly(const Options& options, kube::ClusterConnection cluster,
                                   std::unique_ptr<RegistryHttpClient> client,
                                   std::unique_ptr<CredentialProviders> providers,
                                   std::unique_ptr<TrustKeeper> trust)
    : metrics_(options.metrics == nullptr ? &own_metrics_ : options.metrics),
      named_registries_(&policies_),
      bytes_({.total = options.registry_bytes, .of_account = options.registry_bytes_per_request}),
      config_namespace_(options.sigstore.config_namespace),
      cluster_(std::move(cluster)),
      client_(std::move(client)),
      trust_(std::move(trust)),
      watched_client_(
          client_.get(), &base::Clock::Real(),
          [this](std::string_view registry) { return named_registries_.Find(registry); }, metrics_),
      paced_client_(&watched_client_, &base::Clock::Real()),
      http_registry_(&paced_client_, &base::Clock::Real(),
                     {.insecure_registries = options.insecure_registries,
                      .memory_bytes = options.token_cache_bytes,
                      .patience = registry::PacedClient::kPatience}),
      registry_(&http_registry_, metrics_,
                [this](std::string_view registry) { return named_registries_.Find(registry); }),
      secrets_(cluster_.secrets.get(), &base::Clock::Real(), CachingOptions(options)),
      providers_(std::move(providers)),
      credentials_(&secrets_, {.deployment_namespace = options.registry_credentials_namespace,
                               .local = options.local_credentials,
                               .providers = providers_.get(),
                               .duration = base::PhaseDuration("credentials", metrics_)}),
      gatherer_(&registry_, &credentials_, &pool_, &base::Clock::Real(),
                {.memory = {.max_aged = options.max_stale_evidence,
                            .bytes = options.signature_cache_bytes},
                 .tags = {.life = options.tag_memory}}),
      judge_({.duration = base::PhaseDuration("verify", metrics_),
              .image_ends = BudgetEnds("image_work", metrics_)}),
      pool_(Fetching(metrics_)),
      examiner_(
          &gatherer_, &judge_, &pool_,
          {.away_since =
               [this](std::string_view registry) { return watched_client_.AwaySince(registry); }}),
      verifier_(&policies_, &examiner_, &bytes_,
                {.rules = {.allow_unmatched_images = options.allow_unmatched_images,
                           .deny_short_names = options.deny_short_names},
                 .allowance = CountedAllowance(options.allowance, metrics_),
                 .namespace_labels = [this](std::string_view name) { return FindLabels(name); }}) {
  if (options.report_policy_status && cluster_.store != nullptr) {
    reporter_ = std::make_unique<PolicyStatusReporter>(cluster_.store.get(),
                                                       PolicyStatusReporter::Options());
  }
  AddMetrics();
}

// Nobody waits for what is still being looked up: it ends now, rather than at its own deadline.
VerifierAssembly::~VerifierAssembly() { client_->Stop(); }

void VerifierAssembly::AddMetrics() {
  AddPolicyMetrics(&policies_, metrics_);
  AddMemoryMetrics(&secrets_, metrics_);
  AddMemoryMetrics(&gatherer_, metrics_);
  AddMemoryMetrics(&verifier_.requirements(), metrics_);
  AddMemoryMetrics(&examiner_, metrics_);
  AddWorkMetrics(&pool_, metrics_);
  AddMemoryMetrics(&bytes_, metrics_);
  AddMemoryMetrics(&judge_, metrics_);
  AddMemoryMetrics(&http_registry_, metrics_);
  AddMemoryMetrics(&credentials_, metrics_);
  if (trust_ != nullptr) AddTrustMetrics(&trust_->store(), metrics_);
  if (reporter_ == nullptr) return;
  constexpr char kName[] = "countersign_policy_status_writes_total";
  constexpr char kHelp[] = "Writes of the status of ClusterImagePolicies.";
  metrics_->SampleCounter(kName, kHelp, {{"outcome", "ok"}},
                          [this] { return reporter_->counts().writes; });
  metrics_->SampleCounter(kName, kHelp, {{"outcome", "failed"}},
                          [this] { return reporter_->counts().failures; });
}

void VerifierAssembly::LookForPolicy(const Options& options) {
  if (options.policies != nullptr) {
    policies_.Set(options.policies);
    if (options.on_policy_read) options.on_policy_read();
    return;
  }
  watcher_.emplace(
      cluster_.feed.get(), &policies_,
      [this, on_read = options.on_policy_read] {
        if (on_read && policies_.Get().ok()) on_read();
      },
      [this](const PolicyList& list) {
        if (reporter_ != nullptr) reporter_->Report(ReportOf(list));
      });
}

void VerifierAssembly::KeepWarm(const Options& options) {
  registry::WarmConnections::Options warm;
  warm.named = [this] { return named_registries_.InForce(); };
  warm.states = [this] { return registry_.states(); };
  warm.is_away = [this](std::string_view name) {
    return watched_client_.AwaySince(name).has_value();
  };
  warm.insecure_registries = options.insecure_registries;
  warm.metrics = metrics_;
  warm_.emplace(client_.get(), std::move(warm));
}

absl::Status VerifierAssembly::LookForSigstorePolicies(const Options& options) {
  if (!HaveSigstorePolicies(options, cluster_.feed.get())) return absl::OkStatus();
  CS_ASSIGN_OR_RETURN(
      sigstore_, SigstoreParts::Create(options.sigstore,
                                       {.cluster = &cluster_,
                                        .store = &policies_,
                                        .metrics = metrics_,
                                        .trust = trust_ == nullptr ? nullptr : &trust_->store(),
                                        .open_trust_roots =
                                            [this](std::function<void()> on_change) {
                                              return std::make_unique<TrustRootReader>(
                                                  client_.get(), std::move(on_change));
                                            },
                                        .is_directory = IsDirectory(options),
                                        .reports_status = options.report_policy_status,
                                        .on_read =
                                            [this, on_read = options.on_policy_read] {
                                              if (on_read && policies_.Get().ok()) on_read();
                                            }}));
  return absl::OkStatus();
}

std::string VerifierAssembly::policy_hash() const {
  const absl::StatusOr<policy::PoliciesPtr> policies = InForce();
  return policies.ok() ? absl::BytesToHexString((*policies)->id()) : "";
}

LabelsPtr VerifierAssembly::FindLabels(std::string_view namespace_name) const {
  return sigstore_ == nullptr ? nullptr : sigstore_->namespaces().Find(namespace_name);
}

std::vector<std::string> VerifierAssembly::DescribePolicies() const {
  std::vector<std::string> lines = DescribePolicy(policies_.state());
  if (sigstore_ == nullptr) return lines;
  for (std::string& line : sigstore_->Describe()) lines.push_back(std::move(line));
  return lines;
}

std::optional<TrustState> VerifierAssembly::trust_state() const {
  if (trust_ == nullptr) return std::nullopt;
  return trust_->store().state();
}

std::vector<MemoryUse> VerifierAssembly::memories() const {
  const CachingSecretReader::Counts objects = secrets_.counts();
  const auto evidence = gatherer_.counts();
  const RememberedTags::Counts tags = gatherer_.tags().counts();
  const RequirementMemory::Counts asked = verifier_.requirements().counts();
  const ProofMemory::Counts proofs = judge_.counts().proofs;
  const auto tokens = http_registry_.memory();
  const base::WorkerPool::Counts looks = pool_.counts();
  return {
      {.what = "signatures that were verified",
       .entries = evidence.entries,
       .bytes = evidence.bytes},
      {.what = "which credential let a workload in",
       .entries = evidence.grants,
       .bytes = evidence.grant_bytes},
      {.what = "what came of signatures with keys and identities",
       .entries = proofs.entries,
       .bytes = proofs.bytes},
      {.what = "what tags meant", .entries = tags.entries, .bytes = tags.bytes},
      {.what = "what is asked of images", .entries = asked.entries, .bytes = asked.bytes},
      {.what = "Secrets and service accounts", .entries = objects.entries, .bytes = objects.bytes},
      {.what = "registries' tokens, and how each wants to be asked",
       .entries = tokens.entries,
       .bytes = tokens.bytes},
      {.what = "what registries sent, until it is checked",
       .bytes = bytes_.held(),
       .max_bytes = bytes_.total()},
      {.what = "looks at registries that go on", .entries = looks.running},
      {.what = "looks at registries that wait for their turn", .entries = looks.waiting},
  };
}

policy::ReviewSettings VerifierAssembly::review_settings() const {
  policy::ReviewSettings settings;
  if (sigstore_ != nullptr) settings = sigstore_->review_settings();
  settings.validation.installation = config_namespace_;
  settings.now = base::Clock::Real().Now();
  return settings;
}

void VerifierAssembly::AwaitReviewSettings(absl::Time deadline) const {
  if (sigstore_ != nullptr) sigstore_->AwaitFirst(deadline);
}

void VerifierAssembly::AwaitPolicy(absl::Time deadline) const {
  if (watcher_.has_value()) watcher_->AwaitFirst(deadline);
  AwaitReviewSettings(deadline);
}

}  // namespace countersign::verifier
