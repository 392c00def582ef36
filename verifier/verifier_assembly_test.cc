#include "verifier/verifier_assembly.h"

#include <sys/stat.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/metrics.h"
#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server/server.h"
#include "http/test_authority.h"
#include "policy/test_policy.h"
#include "policy/verdict.h"
#include "verifier/test_cluster.h"
#include "verifier/test_registry_server.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using policy::Reason;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const registry::Credential kLogin = {.username = "me", .password = "hunter2"};

policy::PoliciesPtr OneKey() {
  return policy::TestPolicy()
      .Key("mine", crypto::TestKey::Generate().PublicPem())
      .Rule("*", {"mine"})
      .Build();
}

TEST(VerifierAssembly, APolicyThatIsGivenNeedsNoCluster) {
  VerifierAssembly::Options options;
  EXPECT_THAT(VerifierAssembly::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("say where the policy is")));
  int reads = 0;
  options.policies = OneKey();
  options.on_policy_read = [&reads] { ++reads; };
  const absl::StatusOr<std::unique_ptr<VerifierAssembly>> assembly =
      VerifierAssembly::Create(options);
  ASSERT_THAT(assembly, IsOk());
  (*assembly)->AwaitPolicy(absl::InfiniteFuture());
  EXPECT_THAT((*assembly)->PolicyStatus(), IsOk());
  EXPECT_EQ(reads, 1);
}

TEST(VerifierAssembly, APolicyThatIsGivenHoldsInThePlaceOfTheClusters) {
  VerifierAssembly::Options options;
  options.objects.directory = "testdata/cluster";
  options.policies = OneKey();
  const absl::StatusOr<std::unique_ptr<VerifierAssembly>> assembly =
      VerifierAssembly::Create(options);
  ASSERT_THAT(assembly, IsOk());
  const absl::StatusOr<PolicySnapshot> policy = (*assembly)->policy_state().snapshot;
  ASSERT_THAT(policy, IsOk());
  ASSERT_THAT((*policy)->groups(), SizeIs(1));
  ASSERT_THAT((*policy)->groups()[0].authorities, SizeIs(1));
  EXPECT_EQ((*policy)->groups()[0].authorities[0]->name, "mine");
}

// What the operator says, followed to where it shows: with a signed image in a registry.
class VerifierAssemblyOptionsTest : public testing::Test {
 protected:
  VerifierAssemblyOptionsTest() {
    std::string pattern = testing::TempDir() + "/assembly.XXXXXX";
    directory_ = mkdtemp(pattern.data());
    digest_ = world_.PushImage(image_);
    world_.Sign(image_, digest_, {&world_.signer});
    options_.insecure_registries = {server_.host()};
    SetPolicy("*");
  }

  void SetPolicy(std::string_view pattern) {
    options_.policies = policy::TestPolicy()
                            .Key("release", world_.signer.key().PublicPem())
                            .Rule(pattern, {"release"})
                            .Build();
  }

  // Metrics of its own for each, which live longer, as they must.
  VerifierAssembly& Assemble() {
    assembly_.reset();
    metrics_ = std::make_unique<base::Metrics>();
    options_.metrics = metrics_.get();
    absl::StatusOr<std::unique_ptr<VerifierAssembly>> assembly = VerifierAssembly::Create(options_);
    if (!assembly.ok()) {
      ADD_FAILURE() << assembly.status();
      std::abort();
    }
    assembly_ = *std::move(assembly);
    return *assembly_;
  }

  static policy::Verdict Ask(VerifierAssembly& assembly, const std::string& image,
                             absl::Duration timeout = absl::Seconds(20)) {
    const WorkloadQuestion question = {.images = {{.reference = image}},
                                       .workload_namespace = "shop"};
    return assembly.verifier()
        .Verify(question, {.credentials = CredentialUse::kCluster}, base::In(timeout))
        .verdicts[0]
        ->verdict;
  }
  policy::Verdict Ask(VerifierAssembly& assembly) const { return Ask(assembly, image_); }

  std::string Write(const std::string& name, std::string_view text) const {
    const std::string path = absl::StrCat(directory_, "/", name);
    std::ofstream(path) << text;
    return path;
  }

  void WantLogin() { world_.registry.RequireCredential({server_.host(), "app"}, {kLogin}); }

  absl::Status Refusal() const { return VerifierAssembly::Create(options_).status(); }

  TestCluster world_;
  TestRegistryServer server_{&world_.registry};
  const std::string image_ = absl::StrCat(server_.host(), "/app:1");
  oci::Digest digest_ = oci::Digest::Of("");
  std::string directory_;
  VerifierAssembly::Options options_;
  std::unique_ptr<base::Metrics> metrics_;
  std::unique_ptr<VerifierAssembly> assembly_;
};

TEST_F(VerifierAssemblyOptionsTest, EachMemoryAndWhatItHoldsIsCounted) {
  WantLogin();
  options_.local_credentials = {.source = "me",
                                .find = [](const auto&) { return std::vector{kLogin}; }};
  options_.registry_bytes = 3 << 20;
  VerifierAssembly& assembly = Assemble();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Ask(assembly).reason, Reason::kVerified);
  // What looked may still be on its way out when the answer is there.
  EXPECT_TRUE(base::Eventually([&] {
    const std::string text = metrics_->WriteText();
    return absl::StrContains(text, "countersign_looks{state=\"running\"} 0\n") &&
           absl::StrContains(text, "countersign_registry_bytes_held 0\n");
  }));
  EXPECT_THAT(metrics_->WriteText(),
              AllOf(HasSubstr("countersign_policy_keys 1\n"),
                    HasSubstr("countersign_signature_cache_entries 1\n"),
                    HasSubstr("countersign_signature_cache_reads_total{result=\"hit\"} 1\n"),
                    HasSubstr("countersign_object_cache_entries "),
                    HasSubstr("countersign_registry_bytes_held 0\n"),
                    HasSubstr("countersign_registry_bytes_limit 3145728\n"),
                    HasSubstr("countersign_signature_work_units_total 1\n"),
                    HasSubstr("countersign_proof_cache_reads_total{result=\"hit\"} 1\n"),
                    HasSubstr("countersign_looks{state=\"running\"} 0\n"),
                    HasSubstr("{operation=\"fetch_blob\",outcome=\"ok\"} 1\n"),
                    HasSubstr("countersign_token_cache_entries "),
                    Not(HasSubstr("countersign_token_cache_entries 0\n")),
                    Not(HasSubstr("countersign_policy_status_writes_total"))));
}

TEST_F(VerifierAssemblyOptionsTest, EachPhaseIsMeasured) {
  EXPECT_EQ(Ask(Assemble()).reason, Reason::kVerified);
  const std::string text = metrics_->WriteText();
  for (const char* phase : {"queue", "credentials", "resolve", "fetch", "verify"}) {
    const std::string count =
        absl::StrCat("countersign_phase_duration_seconds_count{phase=\"", phase, "\"} ");
    EXPECT_THAT(text, AllOf(HasSubstr(count), Not(HasSubstr(count + "0\n"))));
  }
}

TEST_F(VerifierAssemblyOptionsTest, OnlyARegistryThatThePolicyNamesIsToldFromOthers) {
  EXPECT_EQ(Ask(Assemble()).reason, Reason::kVerified);
  EXPECT_THAT(metrics_->WriteText(), Not(HasSubstr(server_.host())));
  SetPolicy(server_.host() + "/*");
  EXPECT_EQ(Ask(Assemble()).reason, Reason::kVerified);
  const std::string text = metrics_->WriteText();
  EXPECT_THAT(text, HasSubstr(absl::StrCat("registry=\"", server_.host(), "\"} ")));
  EXPECT_THAT(text, HasSubstr("{outcome=\"ok\",registry=\"other\"} 0\n"));
}

TEST_F(VerifierAssemblyOptionsTest, EndsOfBudgetsAreCounted) {
  options_.allowance.units = 0;
  EXPECT_EQ(Ask(Assemble()).reason, Reason::kUndecided);
  EXPECT_THAT(metrics_->WriteText(),
              AllOf(HasSubstr("countersign_budget_ends_total{budget=\"request_work\"} 1\n"),
                    HasSubstr("countersign_budget_ends_total{budget=\"image_work\"} 0\n"),
                    HasSubstr("countersign_budget_ends_total{budget=\"request_refusals\"} 0\n")));
}

TEST_F(VerifierAssemblyOptionsTest, ATagIsRememberedForAsLongAsIsSaid) {
  for (const absl::Duration life : {absl::Hours(1), absl::ZeroDuration()}) {
    options_.tag_memory = life;
    VerifierAssembly& assembly = Assemble();
    ASSERT_EQ(Ask(assembly).reason, Reason::kVerified);
    const size_t requests = server_.requests();
    ASSERT_EQ(Ask(assembly).reason, Reason::kVerified);
    EXPECT_EQ(server_.requests() == requests, life > absl::ZeroDuration()) << life;
  }
}

TEST_F(VerifierAssemblyOptionsTest, WithoutRoomNothingIsRemembered) {
  WantLogin();
  options_.local_credentials = {.source = "me",
                                .find = [](const auto&) { return std::vector{kLogin}; }};
  options_.signature_cache_bytes = 0;
  options_.token_cache_bytes = 0;
  VerifierAssembly& assembly = Assemble();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Ask(assembly).reason, Reason::kVerified);
  EXPECT_THAT(metrics_->WriteText(),
              AllOf(HasSubstr("countersign_signature_cache_entries 0\n"),
                    HasSubstr("countersign_signature_cache_reads_total{result=\"hit\"} 0\n"),
                    HasSubstr("countersign_token_cache_entries 0\n")));
}

TEST_F(VerifierAssemblyOptionsTest, ARequestHasItsBytesOfRegistriesAnswers) {
  options_.registry_bytes_per_request = 64;
  const policy::Verdict verdict = Ask(Assemble());
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_THAT(metrics_->WriteText(),
              Not(HasSubstr("countersign_registry_bytes_refused_total 0\n")));
}

TEST_F(VerifierAssemblyOptionsTest, ARequestHasItsPublicKeyWork) {
  options_.allowance.units = 0;
  EXPECT_EQ(Ask(Assemble()).reason, Reason::kUndecided);
}

TEST_F(VerifierAssemblyOptionsTest, PlainHttpIsForInsecureRegistriesAlone) {
  options_.insecure_registries = {};
  EXPECT_EQ(Ask(Assemble()).reason, Reason::kRegistryAway);
  EXPECT_EQ(server_.requests(), 0u);
}

TEST_F(VerifierAssemblyOptionsTest, AuthoritiesAreThoseThatRegistriesAreTrustedBy) {
  http::TestAuthority authority;
  const http::TestAuthority::KeyPair pair = authority.Issue();
  std::string host;
  const auto server = http::Server::Start(
      {.tls_cert_file = pair.cert_file, .tls_key_file = pair.key_file},
      http::Blocking([&](const http::ServerRequest& request) {
        const http::ClientResponse answer =
            AnswerAsRegistry(world_.registry, host, request.path, {});
        return http::ServerResponse{.status = answer.status, .body = answer.body};
      }));
  ASSERT_THAT(server, IsOk());
  host = absl::StrCat("localhost:", (*server)->port());
  const std::string image = host + "/app:1";
  world_.Sign(image, world_.PushImage(image), {&world_.signer});
  options_.insecure_registries = {};
  EXPECT_THAT(Ask(Assemble(), image).message, HasSubstr("unknown authority"));
  options_.registry_client.ca_files = {authority.ca_file()};
  EXPECT_EQ(Ask(Assemble(), image).reason, Reason::kVerified);
}

TEST_F(VerifierAssemblyOptionsTest, RegistriesThatPoliciesNameAreConnectedToUnasked) {
  http::TestAuthority authority;
  const http::TestAuthority::KeyPair pair = authority.Issue();
  std::atomic<int> roots = 0;
  const auto server =
      http::Server::Start({.tls_cert_file = pair.cert_file, .tls_key_file = pair.key_file},
                          http::Blocking([&](const http::ServerRequest& request) {
                            roots += request.path == "/v2/" ? 1 : 0;
                            return http::ServerResponse{.status = 401};
                          }));
  ASSERT_THAT(server, IsOk());
  SetPolicy(absl::StrCat("localhost:", (*server)->port(), "/*"));
  options_.registry_client.ca_files = {authority.ca_file()};
  options_.keeps_registries_warm = true;
  VerifierAssembly& assembly = Assemble();
  EXPECT_TRUE(base::Eventually([&] { return roots == 1; }));
  // Of which nothing is said where it is said what was asked.
  EXPECT_THAT(assembly.registries(), IsEmpty());
  EXPECT_TRUE(base::Eventually([&] {
    return absl::StrContains(metrics_->WriteText(),
                             "countersign_registry_warm_requests_total{outcome=\"ok\"} 1\n");
  }));
}

TEST_F(VerifierAssemblyOptionsTest, TheRulesAboutImagesHold) {
  SetPolicy("registry.example.org/*");
  EXPECT_EQ(Ask(Assemble()).reason, Reason::kUnmatched);
  options_.allow_unmatched_images = true;
  EXPECT_EQ(Ask(Assemble()).reason, Reason::kUnmatchedAllowed);
  SetPolicy("nginx");
  options_.deny_short_names = true;
  EXPECT_EQ(Ask(Assemble(), "nginx").reason, Reason::kShortName);
}

TEST_F(VerifierAssemblyOptionsTest, TheServiceAccountForEveryImageIsInTheNamespaceThatIsNamed) {
  WantLogin();
  const std::string auth = absl::Base64Escape("me:hunter2");
  const std::string config =
      absl::StrCat(R"({"auths":{")", server_.host(), R"(":{"auth":")", auth, R"("}}})");
  Write("login.yaml", absl::StrCat(R"(apiVersion: v1
kind: ServiceAccount
metadata: {name: image-policy-registry-credentials, namespace: signing}
imagePullSecrets: [{name: login}]
---
apiVersion: v1
kind: Secret
type: kubernetes.io/dockerconfigjson
metadata: {name: login, namespace: signing}
data: {.dockerconfigjson: )",
                                   absl::Base64Escape(config), "}\n"));
  options_.objects.directory = directory_;
  EXPECT_EQ(Ask(Assemble()).reason, Reason::kUndecided);
  options_.registry_credentials_namespace = "signing";
  VerifierAssembly& assembly = Assemble();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Ask(assembly).reason, Reason::kVerified);
  // What a directory holds is in memory already.
  EXPECT_THAT(metrics_->WriteText(),
              HasSubstr("countersign_object_cache_reads_total{result=\"hit\"} 0\n"));
}

TEST_F(VerifierAssemblyOptionsTest, CredentialProvidersAreAsked) {
  WantLogin();
  const std::string plugin = Write("login", absl::StrCat(R"sh(#!/bin/sh
cat > /dev/null
cat <<END
{"apiVersion": "credentialprovider.kubelet.k8s.io/v1", "kind": "CredentialProviderResponse",
 "cacheKeyType": "Image", "auth": {")sh",
                                                         server_.host(), R"sh(":
 {"username": "me", "password": "hunter2"}}}
END
)sh"));
  chmod(plugin.c_str(), 0700);
  options_.credential_provider_config =
      Write("config.yaml", absl::StrCat(R"(apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
- name: login
  apiVersion: credentialprovider.kubelet.k8s.io/v1
  matchImages: [")",
                                        server_.host(), R"("]
  defaultCacheDuration: 1m
)"));
  options_.credential_provider_bin_dir = directory_;
  EXPECT_EQ(Ask(Assemble()).reason, Reason::kVerified);
}

TEST_F(VerifierAssemblyOptionsTest, WhatIsWrongIsRefusedWithTheNameOfItsFlag) {
  options_.registry_client.ca_files = {"absent.pem"};
  EXPECT_THAT(std::string(Refusal().message()), StartsWith("--registry-ca: "));
  options_.registry_client = {.ca_secrets = {"shop"}};
  EXPECT_THAT(std::string(Refusal().message()), StartsWith("--registry-ca-secret: "));
  options_.registry_client = {.client_certs = {"shop"}};
  EXPECT_THAT(std::string(Refusal().message()), StartsWith("--registry-client-cert: "));
  options_.registry_client = {};
  options_.objects.directory = "/no/such/directory";
  EXPECT_THAT(std::string(Refusal().message()), StartsWith("--objects: "));
  options_.objects.directory = "";
  options_.credential_provider_config = "/no/such/file";
  EXPECT_THAT(std::string(Refusal().message()),
              StartsWith("--image-credential-provider-config: needs --image-credential-provider-"));
  options_.credential_provider_bin_dir = directory_;
  EXPECT_THAT(std::string(Refusal().message()),
              AllOf(StartsWith("--image-credential-provider-config: "), HasSubstr("No such file")));
  options_.credential_provider_config = "";
  EXPECT_THAT(
      std::string(Refusal().message()),
      StartsWith("--image-credential-provider-bin-dir: needs --image-credential-provider-"));
}

// Where nobody can be asked, all of it starts and ends all the same.
TEST_F(VerifierAssemblyOptionsTest, OnlyThePoliciesOfAClusterAreReportedAbout) {
  options_.objects.cluster.kubeconfig = Write("kubeconfig", R"(apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {token: t}}]
)");
  options_.policies = nullptr;
  constexpr char kWrites[] = "countersign_policy_status_writes_total{outcome=\"ok\"} 0\n";
  VerifierAssembly& silent = Assemble();
  EXPECT_THAT(metrics_->WriteText(), Not(HasSubstr(kWrites)));
  silent.AwaitPolicy(base::Soon());
  EXPECT_THAT(silent.PolicyStatus(), StatusIs(absl::StatusCode::kUnavailable));
  options_.report_policy_status = true;
  Assemble();
  EXPECT_THAT(metrics_->WriteText(), HasSubstr(kWrites));
}

// A directory has them as soon as there is any of their objects, and otherwise if they are asked for.
TEST_F(VerifierAssemblyOptionsTest, PoliciesOfSigstoreHoldWhereThereAreAnyOrTheyAreAskedFor) {
  options_.policies = nullptr;
  options_.objects.directory = directory_;
  const auto describe = [&] {
    VerifierAssembly& assembly = Assemble();
    assembly.AwaitPolicy(base::Soon());
    EXPECT_THAT(assembly.PolicyStatus(), IsOk());
    return assembly.DescribePolicies();
  };
  constexpr char kMetric[] = "countersign_sigstore_policy_readable 1\n";
  EXPECT_THAT(describe(), SizeIs(1));
  EXPECT_THAT(metrics_->WriteText(), Not(HasSubstr(kMetric)));
  options_.sigstore.is_on = true;
  EXPECT_THAT(describe(), testing::ElementsAre(testing::_, StartsWith("policy.sigstore.dev: 0")));
  EXPECT_THAT(metrics_->WriteText(), HasSubstr(kMetric));
  options_.sigstore.is_on = false;
  Write("root.yaml",
        "{apiVersion: policy.sigstore.dev/v1alpha1, kind: TrustRoot, metadata: {name: a}}");
  EXPECT_THAT(describe(), testing::ElementsAre(testing::_, HasSubstr("trust roots 1")));
  options_.sigstore.is_on_if_any = false;
  EXPECT_THAT(describe(), SizeIs(1));
}

// Nobody waits for a look any more: it ends now, not when its time is over.
TEST_F(VerifierAssemblyOptionsTest, EndsWhileARegistryHangs) {
  server_.HangFromNowOn();
  VerifierAssembly& assembly = Assemble();
  for (absl::Duration patience = absl::Milliseconds(50); server_.requests() == 0; patience *= 2) {
    EXPECT_EQ(Ask(assembly, image_, patience).reason, Reason::kUndecided);
  }
  assembly_.reset();
  const auto resolved = [&](const char* outcome) {
    return metrics_
        ->Counter("countersign_registry_requests_total",
                  "Requests to registries, by what came of them.",
                  {{"operation", "resolve_tag"}, {"outcome", outcome}})
        .Value();
  };
  EXPECT_GE(resolved("unavailable"), 1);
  EXPECT_EQ(resolved("timeout"), 0);
}

TEST_F(VerifierAssemblyOptionsTest, ATrustedRootIsKeptWhereOneIsAskedFor) {
  constexpr char kUsable[] = "countersign_trusted_root_usable 1\n";
  EXPECT_FALSE(Assemble().trust_state().has_value());
  EXPECT_THAT(metrics_->WriteText(), Not(HasSubstr(kUsable)));
  options_.trust.emplace();
  const std::optional<TrustState> state = Assemble().trust_state();
  ASSERT_TRUE(state.has_value());
  EXPECT_THAT(state->current, IsOk());
  EXPECT_THAT(metrics_->WriteText(), HasSubstr(kUsable));
  options_.trust->file = "/no/such/root";
  EXPECT_THAT(Refusal(),
              StatusIs(absl::StatusCode::kNotFound, StartsWith("--trusted-root: /no/such/root")));
}

// As with a registry: the update ends now, not when its time is over.
TEST_F(VerifierAssemblyOptionsTest, EndsWhileTheMirrorOfTheTrustedRootHangs) {
  server_.HangFromNowOn();
  options_.trust.emplace();
  options_.trust->source.mirror = absl::StrCat("http://", server_.host());
  options_.trust->source.state = absl::StrCat(directory_, "/trust");
  Assemble();
  EXPECT_TRUE(base::Eventually([&] { return server_.requests() > 0; }));
  assembly_.reset();
}

}  // namespace
}  // namespace countersign::verifier
