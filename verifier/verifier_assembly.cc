#include "verifier/verifier_assembly.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "base/worker_pool.h"
#include "http/client/curl_client.h"
#include "http/client/replaceable_client.h"
#include "kube/client/cluster_connection.h"
#include "kube/secret_reader.h"
#include "registry/counting_registry.h"
#include "registry/http_registry.h"
#include "verifier/credentials/caching_secret_reader.h"
#include "verifier/credentials/credential_providers.h"
#include "verifier/evidence/examiner.h"
#include "verifier/evidence/signature_fetcher.h"
#include "verifier/evidence/signature_judge.h"
#include "verifier/memory_metrics.h"
#include "verifier/policies/policy_report.h"
#include "verifier/policies/policy_status_reporter.h"
#include "verifier/policies/policy_watcher.h"
#include "verifier/registries/followed_secrets.h"
#include "verifier/registries/registry_ca_files.h"
#include "verifier/registries/registry_ca_secrets.h"
#include "verifier/registries/registry_identities.h"
#include "verifier/work_metrics.h"

namespace countersign::verifier {
namespace {

// Each waits for one registry. Of these, and of each registry's, a caller, a namespace and a request
// have only their share (base/share.h): whatever hangs, others find threads.
constexpr base::WorkerPool::Options kFetching = {.threads = 512,
                                                 .threads_per_lane = 64,
                                                 .queue_per_lane = 8 * 1024,
                                                 .queue = 16 * 1024,
                                                 .shares = true};

// A registry must not be able to tell our question from a node's, and answer it otherwise: so says
// containerd.
constexpr char kNodesUserAgent[] = "containerd/v2.1.4";

using Pem = std::vector<std::string>;

absl::StatusOr<std::shared_ptr<http::CurlClient>> CreateClient(
    const Pem& authorities, const RegistryIdentities::Identities& identities) {
  http::CurlClient::Options options;
  options.extra_ca_pem = authorities;
  options.identities = identities;
  options.user_agent = kNodesUserAgent;
  CS_ASSIGN_OR_RETURN(std::shared_ptr<http::CurlClient> client, http::CurlClient::Create(options));
  return client;
}

absl::StatusOr<kube::ClusterConnection> OpenObjects(const VerifierAssembly::Options& options) {
  if (!options.policy.has_value() || options.objects.IsNamed()) {
    return OpenObjectSource(options.objects);
  }
  return kube::ClusterConnection{.secrets = std::make_shared<kube::NoSecrets>()};
}

absl::StatusOr<std::vector<FollowedSecret>> ParseSecretNames(
    const VerifierAssembly::Options& options) {
  std::vector<FollowedSecret> names;
  for (const std::string& text : options.registry_ca_secrets) {
    absl::StatusOr<FollowedSecret> name = RegistryCaSecrets::ParseName(text);
    if (!name.ok()) return base::Annotate("--registry-ca-secret", name.status());
    names.push_back(*std::move(name));
  }
  return names;
}

absl::StatusOr<std::vector<RegistryIdentities::Assignment>> ParseAssignments(
    const VerifierAssembly::Options& options) {
  std::vector<RegistryIdentities::Assignment> assignments;
  for (const std::string& text : options.registry_client_certs) {
    auto assignment = RegistryIdentities::Parse(text);
    if (!assignment.ok()) return base::Annotate("--registry-client-cert", assignment.status());
    assignments.push_back(*std::move(assignment));
  }
  return assignments;
}

// Null: none is configured.
absl::StatusOr<std::unique_ptr<CredentialProviders>> LoadProviders(
    const VerifierAssembly::Options& options) {
  const std::string& config = options.credential_provider_config;
  const std::string& bin_dir = options.credential_provider_bin_dir;
  if (config.empty() && bin_dir.empty()) return nullptr;
  if (bin_dir.empty()) {
    return absl::InvalidArgumentError(
        "--image-credential-provider-config: needs --image-credential-provider-bin-dir too");
  }
  if (config.empty()) {
    return absl::InvalidArgumentError(
        "--image-credential-provider-bin-dir: needs --image-credential-provider-config too");
  }
  absl::StatusOr<std::unique_ptr<CredentialProviders>> providers =
      CredentialProviders::Load(config, bin_dir, &base::Clock::Real());
  if (!providers.ok()) {
    return base::Annotate("--image-credential-provider-config", providers.status());
  }
  return providers;
}

CachingSecretReader::Options CachingOptions(const VerifierAssembly::Options& options) {
  CachingSecretReader::Options caching;
  // A directory is in memory already, and its changes hold at once.
  if (!options.objects.directory.empty()) caching.max_age = absl::ZeroDuration();
  return caching;
}

}  // namespace

// What the assembly is made of that can be refused.
struct VerifierAssembly::Given {
  kube::ClusterConnection objects;
  Pem authorities;
  std::shared_ptr<http::CurlClient> client;
  std::vector<FollowedSecret> ca_secrets;
  std::vector<RegistryIdentities::Assignment> assignments;
  std::unique_ptr<CredentialProviders> providers;
};

// In the order in which each part needs those before it, so that they end in the reverse order. The
// pool comes after what its tasks use: it is stopped before any of it goes.
struct VerifierAssembly::Parts {
  Parts(const VerifierAssembly::Options& options, Given given)
      : metrics(options.metrics == nullptr ? &own_metrics : options.metrics),
        bytes({.total = options.registry_bytes, .of_account = options.registry_bytes_per_request}),
        objects(std::move(given.objects)),
        transfers(given.client),
        client(std::move(given.client)),
        trusted_by_files(given.authorities),
        ca_files(options.registry_ca_files, given.authorities,
                 [this](const Pem& pem) { return Trust(&trusted_by_files, pem); }),
        ca_secrets(objects.secrets.get(), given.ca_secrets,
                   [this](const Pem& pem) { return Trust(&trusted_by_secrets, pem); }, {}),
        own_certificates(
            objects.secrets.get(), given.assignments,
            [this](const RegistryIdentities::Identities& identities) { return ShowAs(identities); },
            {}),
        http_registry(&client, &base::Clock::Real(),
                      {.insecure_registries = options.insecure_registries,
                       .memory_bytes = options.token_cache_bytes}),
        registry(&http_registry, metrics),
        caching(objects.secrets.get(), &base::Clock::Real(), CachingOptions(options)),
        providers(std::move(given.providers)),
        credentials(&caching, {.deployment_namespace = options.registry_credentials_namespace,
                               .local = options.local_credentials,
                               .providers = providers.get()}),
        signatures(&registry, &credentials, &pool, &base::Clock::Real(),
                   {.memory_bytes = options.signature_cache_bytes}),
        judge({}),
        pool(kFetching),
        examiner(&signatures, &judge, &pool, &base::Clock::Real(), {}),
        verifier(&policies, &examiner, &bytes,
                 {.rules = {.allow_unmatched_images = options.allow_unmatched_images,
                            .deny_short_names = options.deny_short_names},
                  .allowance = options.allowance}),
        reporter(options.report_policy_status && objects.objects != nullptr
                     ? std::make_unique<PolicyStatusReporter>(objects.objects.get(),
                                                              PolicyStatusReporter::Options())
                     : nullptr) {
    AddPolicyMetrics(&policies, metrics);
    AddMemoryMetrics(&caching, metrics);
    AddMemoryMetrics(&signatures, metrics);
    AddWorkMetrics(&pool, metrics);
    AddMemoryMetrics(&bytes, metrics);
    AddMemoryMetrics(&judge, metrics);
    AddMemoryMetrics(&http_registry, metrics);
    if (reporter != nullptr) AddReporterMetrics();
    LookForPolicy(options);
  }

  // Nobody waits for what is still being looked up: it ends now, rather than at its own deadline.
  ~Parts() {
    absl::MutexLock lock(&mutex);
    transfers->Stop();
    is_ending = true;
  }

  void LookForPolicy(const VerifierAssembly::Options& options) {
    if (options.policy.has_value()) {
      const bool is_read = TakePolicies(std::vector<kube::Object>{*options.policy}, &policies);
      if (is_read && options.on_policy_read) options.on_policy_read();
      return;
    }
    watcher.emplace(objects.feed.get(), &policies, options.on_policy_read,
                    [this](const std::vector<kube::Object>& list) {
                      if (reporter != nullptr) reporter->Report(list);
                    });
  }

  // Has new requests trust `pem` in the place of what `list` holds, and the other list as before.
  absl::Status Trust(Pem* list, const Pem& pem) {
    absl::MutexLock one_at_a_time(&trust_mutex);
    *list = pem;
    return ReplaceClient();
  }

  // Has new requests show registries these certificates.
  absl::Status ShowAs(const RegistryIdentities::Identities& others) {
    absl::MutexLock one_at_a_time(&trust_mutex);
    identities = others;
    return ReplaceClient();
  }

  absl::Status ReplaceClient() ABSL_EXCLUSIVE_LOCKS_REQUIRED(trust_mutex) {
    Pem authorities = trusted_by_files;
    authorities.insert(authorities.end(), trusted_by_secrets.begin(), trusted_by_secrets.end());
    CS_ASSIGN_OR_RETURN(std::shared_ptr<http::CurlClient> replacement,
                        CreateClient(authorities, identities));
    absl::MutexLock lock(&mutex);
    if (is_ending) return absl::CancelledError("the verifier is ending");
    transfers = replacement;
    client.Replace(std::move(replacement));
    return absl::OkStatus();
  }

  void AddReporterMetrics() {
    constexpr char kName[] = "countersign_policy_status_writes_total";
    constexpr char kHelp[] = "Writes of the status of ClusterImagePolicies.";
    metrics->SampleCounter(kName, kHelp, {{"outcome", "ok"}},
                           [this] { return reporter->counts().writes; });
    metrics->SampleCounter(kName, kHelp, {{"outcome", "failed"}},
                           [this] { return reporter->counts().failures; });
  }

  base::Metrics own_metrics;
  base::Metrics* const metrics;
  PolicyStore policies;
  base::ByteBudget bytes;  // a transfer may hold some until its client has gone
  kube::ClusterConnection objects;
  absl::Mutex mutex;
  bool is_ending ABSL_GUARDED_BY(mutex) = false;
  std::shared_ptr<http::CurlClient> transfers ABSL_GUARDED_BY(mutex);  // what `client` uses now
  http::ReplaceableClient client;
  absl::Mutex trust_mutex;  // of these three, once they are followed
  Pem trusted_by_files;
  Pem trusted_by_secrets;
  RegistryIdentities::Identities identities;
  RegistryCaFiles ca_files;
  RegistryCaSecrets ca_secrets;
  RegistryIdentities own_certificates;
  registry::HttpRegistry http_registry;
  CountingRegistry registry;
  CachingSecretReader caching;
  std::unique_ptr<CredentialProviders> providers;
  CredentialFinder credentials;
  SignatureFetcher signatures;
  SignatureJudge judge;
  base::WorkerPool pool;
  Examiner examiner;
  ImageVerifier verifier;
  std::unique_ptr<PolicyStatusReporter> reporter;
  std::optional<PolicyWatcher> watcher;  // none for a policy that was given
};

absl::StatusOr<std::unique_ptr<VerifierAssembly>> VerifierAssembly::Create(
    const VerifierAssembly::Options& options) {
  Given given;
  CS_ASSIGN_OR_RETURN(given.objects, OpenObjects(options));
  absl::StatusOr<Pem> authorities = RegistryCaFiles::Read(options.registry_ca_files);
  if (!authorities.ok()) return base::Annotate("--registry-ca", authorities.status());
  given.authorities = *std::move(authorities);
  CS_ASSIGN_OR_RETURN(given.ca_secrets, ParseSecretNames(options));
  CS_ASSIGN_OR_RETURN(given.assignments, ParseAssignments(options));
  CS_ASSIGN_OR_RETURN(given.client, CreateClient(given.authorities, {}));
  CS_ASSIGN_OR_RETURN(given.providers, LoadProviders(options));
  return std::unique_ptr<VerifierAssembly>(
      new VerifierAssembly(std::make_unique<Parts>(options, std::move(given))));
}

VerifierAssembly::VerifierAssembly(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
VerifierAssembly::~VerifierAssembly() = default;

ImageVerifier& VerifierAssembly::verifier() { return parts_->verifier; }

void VerifierAssembly::AwaitPolicy(absl::Time deadline) const {
  if (parts_->watcher.has_value()) parts_->watcher->AwaitFirst(deadline);
}

absl::Status VerifierAssembly::PolicyStatus() const { return parts_->policies.Get().status(); }

PolicyState VerifierAssembly::policy_state() const { return parts_->policies.state(); }

}  // namespace countersign::verifier
