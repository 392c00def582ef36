#include "verifier/assembly_flags.h"

#include <map>
#include <string>

#include "absl/time/time.h"
#include "verifier/cluster_flags.h"
#include "verifier/sigstore_flags.h"

namespace countersign::verifier {
namespace {

constexpr char kPolicyGroup[] = "Policy and credentials";
constexpr char kRegistryGroup[] = "Registries";

constexpr int kTagMemorySeconds = 5;
constexpr int kMostTagMemorySeconds = 60;
constexpr int kStaleEvidenceSeconds = 60 * 60;
constexpr int kMostStaleEvidenceSeconds = 24 * 60 * 60;

void AddPolicyFlags(CLI::App* app, VerifierAssembly::Options* options) {
  AddClusterFlags(app, &options->objects.cluster, kPolicyGroup);
  app->add_option("--objects", options->objects.directory,
                  "Directory of Kubernetes manifests that stands in for the cluster: "
                  "ClusterImagePolicy, TrustRoot, PolicyOptions, Namespace, ConfigMap, Secret and "
                  "ServiceAccount objects in *.yaml, *.yml and *.json. Watched for changes.")
      ->type_name("DIR")
      ->group(kPolicyGroup);
  app->add_flag("--allow-unmatched-images", options->allow_unmatched_images,
                "Admit, with a warning, images that no pattern of the policy matches. Without it "
                "they are denied.")
      ->group(kPolicyGroup);
  app->add_flag("--deny-short-names", options->deny_short_names,
                "Deny images that a pattern matches and whose reference names no registry, such as "
                "nginx: nodes that look for those in other registries than Docker Hub may run "
                "another image than the one that was verified.")
      ->group(kPolicyGroup);
  app->add_option("--registry-credentials-namespace", options->registry_credentials_namespace,
                  "Namespace of the service account image-policy-registry-credentials, whose "
                  "imagePullSecrets serve "
                  "every image.")
      ->type_name("NAMESPACE")
      ->capture_default_str()
      ->group(kPolicyGroup);
  app->add_option("--image-credential-provider-config", options->credential_provider_config,
                  "The kubelet's configuration of credential provider plugins "
                  "(CredentialProviderConfig): programs that are asked for registry credentials "
                  "after all other sources. Read at the start.")
      ->type_name("FILE")
      ->group(kPolicyGroup);
  app->add_option("--image-credential-provider-bin-dir", options->credential_provider_bin_dir,
                  "Directory of the plugins' programs.")
      ->type_name("DIR")
      ->group(kPolicyGroup);
}

void AddMemoryFlags(CLI::App* app, VerifierAssembly::Options* options) {
  const auto add = [app](const char* name, size_t& bytes, const char* help) {
    app->add_option(name, bytes, help)
        ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
        ->check(CLI::Range(size_t{1} << 20, size_t{1} << 40))
        ->type_name("BYTES")
        ->capture_default_str()
        ->group(kRegistryGroup);
  };
  add("--max-registry-bytes", options->registry_bytes,
      "Of what registries send, so much is held at a time until it is checked (also as 64MiB). "
      "What has no room is undecided.");
  add("--max-registry-bytes-per-request", options->registry_bytes_per_request,
      "Of that, so much for all images of one request.");
  add("--signature-cache-bytes", options->signature_cache_bytes,
      "Memory for signatures that were verified, and allow again for five minutes.");
  add("--token-cache-bytes", options->token_cache_bytes,
      "Memory for registries' tokens, while they hold, and for how each registry wants to be "
      "asked.");
}

void AddRegistryFlags(CLI::App* app, VerifierAssembly::Options* options) {
  app->add_option("--registry-ca", options->registry_client.ca_files,
                  "PEM file with certificates of authorities trusted for registries, beside the "
                  "system's. Read again when it changes. Repeatable.")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group(kRegistryGroup);
  app->add_option(
         "--registry-ca-secret", options->registry_client.ca_secrets,
         "Secret with more such certificates: every value that is PEM certificates counts. "
         "Read again every minute; one that is missing or bad is logged. Repeatable.")
      ->type_name("NAMESPACE/NAME")
      ->allow_extra_args(false)
      ->group(kRegistryGroup);
  app->add_option(
         "--registry-client-cert", options->registry_client.client_certs,
         "Client certificate for a registry that wants one: a Secret with tls.crt and tls.key. "
         "Shown to that host alone, for every image. Read again every minute. Repeatable.")
      ->type_name("HOST=NAMESPACE/NAME")
      ->allow_extra_args(false)
      ->group(kRegistryGroup);
  app->add_option(
         "--insecure-registry", options->insecure_registries,
         "Registry (HOST or HOST:PORT, as images name it) that may be spoken to by plain HTTP, or "
         "by TLS without checking its certificate. Needed for loopback registries too. Repeatable.")
      ->type_name("HOST")
      ->allow_extra_args(false)
      ->group(kRegistryGroup);
}

}  // namespace

void AddAssemblyFlags(CLI::App* app, VerifierAssembly::Options* options) {
  AddPolicyFlags(app, options);
  AddSigstoreFlags(app, &options->sigstore, "Policies of policy.sigstore.dev");
  AddRegistryFlags(app, options);
  AddMemoryFlags(app, options);
}

void AddTagMemoryFlag(CLI::App* app, VerifierAssembly::Options* options) {
  options->tag_memory = absl::Seconds(kTagMemorySeconds);
  app->add_option_function<int>(
         "--tag-memory",
         [options](const int& seconds) { options->tag_memory = absl::Seconds(seconds); },
         "For how many seconds after its registry was asked a tag that was admitted may be "
         "admitted again as what it meant then, so that a rollout does not ask for each Pod. "
         "Nothing is denied by it. What is admitted is what was judged, and where images are "
         "pinned (--pin-images of the shim) it is what runs; elsewhere a node may pull what the "
         "tag means since then, as it may without this. 0: each admission by tag asks.")
      ->check(CLI::Range(0, kMostTagMemorySeconds))
      ->type_name("SECONDS")
      ->default_str(std::to_string(kTagMemorySeconds))
      ->group(kRegistryGroup);
}

void AddStaleEvidenceFlag(CLI::App* app, VerifierAssembly::Options* options) {
  options->max_stale_evidence = absl::Seconds(kStaleEvidenceSeconds);
  app->add_option_function<int>(
         "--max-stale-evidence",
         [options](const int& seconds) { options->max_stale_evidence = absl::Seconds(seconds); },
         "While a registry cannot be reached, what was verified of an image no longer ago than "
         "this "
         "counts still, with a warning: for images that are named by digest, by the credential "
         "that "
         "saw it, and by the policy as it is now. Also as 30m or 2h; at most 24h. It is kept in "
         "--signature-cache-bytes. 0: never; up to five minutes say the same.")
      ->transform(
          CLI::AsNumberWithUnit(std::map<std::string, int>{{"s", 1}, {"m", 60}, {"h", 3600}}))
      ->check(CLI::Range(0, kMostStaleEvidenceSeconds))
      ->type_name("SECONDS")
      ->default_str("1h")
      ->group(kRegistryGroup);
}

}  // namespace countersign::verifier
