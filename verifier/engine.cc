#include "verifier/engine.h"

#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "base/worker_pool.h"
#include "http/curl_client.h"
#include "registry/http_registry.h"
#include "verifier/caching_api.h"
#include "verifier/credential_providers.h"
#include "verifier/policy_store.h"
#include "verifier/policy_watcher.h"
#include "verifier/signature_fetcher.h"

namespace countersign::verifier {
namespace {

// Each waits for one registry. With the pool's share for each registry, a few dozen registries that
// hang at the same time leave threads for the others.
constexpr int kFetchingThreads = 512;

absl::StatusOr<std::unique_ptr<http::CurlClient>> CreateClient(const EngineOptions& options) {
  http::CurlClient::Options client_options;
  for (const std::string& file : options.registry_ca_files) {
    absl::StatusOr<std::string> pem = base::LoadFile(file);
    if (!pem.ok()) return base::Annotate("--registry-ca", pem.status());
    client_options.extra_ca_pem.push_back(*std::move(pem));
  }
  absl::StatusOr<std::unique_ptr<http::CurlClient>> client =
      http::CurlClient::Create(client_options);
  if (!client.ok()) return base::Annotate("--registry-ca", client.status());
  return client;
}

// Null: none is configured.
absl::StatusOr<std::unique_ptr<CredentialProviders>> LoadProviders(const EngineOptions& options) {
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

CachingApi::Options CachingOptions(const EngineOptions& options) {
  CachingApi::Options caching;
  // A directory is in memory already, and its changes hold at once.
  if (!options.objects.directory.empty()) caching.max_age = absl::ZeroDuration();
  return caching;
}

}  // namespace

// In the order in which each part needs those before it, so that they end in the reverse order. The
// pool comes after what its tasks use: it is stopped before any of it goes.
struct Engine::Parts {
  Parts(const EngineOptions& options, std::unique_ptr<kube::Api> api_in,
        std::unique_ptr<http::Client> client_in, std::unique_ptr<CredentialProviders> providers_in)
      : api(std::move(api_in)),
        client(std::move(client_in)),
        registry(client.get(), &base::Clock::Real(),
                 {.insecure_registries = options.insecure_registries}),
        caching(api.get(), &base::Clock::Real(), CachingOptions(options)),
        providers(std::move(providers_in)),
        credentials(&caching, {.deployment_namespace = options.registry_credentials_namespace,
                               .local = options.local_credentials,
                               .providers = providers.get()}),
        pool({.threads = kFetchingThreads}),
        signatures(&registry, &credentials, &pool, &base::Clock::Real(), {}),
        verifier(&policies, &signatures,
                 {.allow_unmatched_images = options.allow_unmatched_images}),
        watcher(api.get(), &policies, options.on_policy_read) {}

  PolicyStore policies;
  std::unique_ptr<kube::Api> api;
  std::unique_ptr<http::Client> client;
  registry::HttpRegistry registry;
  CachingApi caching;
  std::unique_ptr<CredentialProviders> providers;
  CredentialFinder credentials;
  base::WorkerPool pool;
  SignatureFetcher signatures;
  ImageVerifier verifier;
  PolicyWatcher watcher;
};

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(const EngineOptions& options,
                                                       std::unique_ptr<kube::Api> api) {
  if (api == nullptr) {
    CS_ASSIGN_OR_RETURN(kube::ClusterConnection objects, OpenObjectSource(options.objects));
    api = std::move(objects.api);
  }
  CS_ASSIGN_OR_RETURN(std::unique_ptr<http::CurlClient> client, CreateClient(options));
  CS_ASSIGN_OR_RETURN(std::unique_ptr<CredentialProviders> providers, LoadProviders(options));
  return std::unique_ptr<Engine>(new Engine(
      std::make_unique<Parts>(options, std::move(api), std::move(client), std::move(providers))));
}

Engine::Engine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Engine::~Engine() = default;

ImageVerifier& Engine::verifier() { return parts_->verifier; }

void Engine::AwaitPolicy(absl::Time deadline) const { parts_->watcher.AwaitFirst(deadline); }

absl::Status Engine::PolicyStatus() const { return parts_->policies.Get().status(); }

}  // namespace countersign::verifier
