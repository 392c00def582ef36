#include "verifier/memory_metrics.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/eventually.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/fake_client.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(MemoryMetrics, SaysHowOftenTheMemoriesHelped) {
  TestCluster cluster;
  base::Metrics metrics;
  AddMemoryMetrics(&cluster.caching, &metrics);
  AddMemoryMetrics(&cluster.gatherer, &metrics);
  AddMemoryMetrics(&cluster.verifier.requirements(), &metrics);
  AddMemoryMetrics(&cluster.bytes, &metrics);
  AddMemoryMetrics(&cluster.judge, &metrics);
  AddMemoryMetrics(&cluster.credentials, &metrics);
  cluster.secrets.PutSecret("shop", "regcred", {.type = "Opaque"});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(cluster.caching.ReadSecret("shop", "regcred", absl::InfinitePast(), base::Soon())
                    .object.ok());
  }
  const std::string image = "registry.example.org/app:1";
  cluster.Sign(image, cluster.PushImage(image), {&cluster.signer});
  cluster.SetPolicy(
      policy::TestPolicy().Key("k", cluster.signer.key().PublicPem()).Rule("*", {"k"}));
  const policy::Verdict verdict = cluster.VerifyOne(image);
  ASSERT_EQ(verdict.decision, policy::Decision::kAllow);
  ASSERT_EQ(cluster.VerifyOne(absl::StrCat("registry.example.org/app@", verdict.digest)).decision,
            policy::Decision::kAllow);
  // The workload's service account and the deployment's own were looked for, and are not there.
  EXPECT_THAT(metrics.WriteText(),
              AllOf(HasSubstr("countersign_object_cache_reads_total{result=\"hit\"} 2\n"),
                    HasSubstr("countersign_object_cache_reads_total{result=\"miss\"} 3\n"),
                    HasSubstr("countersign_object_cache_reads_total{result=\"stale\"} 0\n"),
                    HasSubstr("countersign_object_cache_entries 3\n"),
                    HasSubstr("countersign_signature_cache_reads_total{result=\"miss\"} 1\n"),
                    HasSubstr("countersign_signature_cache_entries 1\n"),
                    HasSubstr("countersign_signature_cache_reads_total{result=\"hit\"} 1\n"),
                    HasSubstr("countersign_grant_cache_reads_total{result=\"hit\"} 0\n"),
                    HasSubstr("countersign_grant_cache_reads_total{result=\"miss\"} 1\n"),
                    HasSubstr("countersign_grant_cache_entries 0\n"),
                    HasSubstr("countersign_requirement_cache_reads_total{result=\"miss\"} 2\n"),
                    HasSubstr("countersign_registry_bytes_held 0\n"),
                    HasSubstr("countersign_registry_bytes_limit 67108864\n"),
                    HasSubstr("countersign_registry_bytes_refused_total 0\n"),
                    HasSubstr("countersign_pull_secret_bytes_held 0\n"),
                    HasSubstr("countersign_pull_secret_bytes_limit 16777216\n"),
                    HasSubstr("countersign_pull_secret_bytes_refused_total 0\n"),
                    HasSubstr("countersign_signature_work_units_total 1\n"),
                    HasSubstr("countersign_signature_work_waiting 0\n"),
                    HasSubstr("countersign_proof_cache_reads_total{result=\"hit\"} 1\n"),
                    HasSubstr("countersign_proof_cache_reads_total{result=\"miss\"} 1\n"),
                    HasSubstr("countersign_proof_cache_entries 1\n")));
}

TEST(MemoryMetrics, SaysHowOftenTagsWereRemembered) {
  TestCluster cluster({}, {}, {}, {.tags = {.life = absl::Seconds(3)}});
  base::Metrics metrics;
  AddMemoryMetrics(&cluster.gatherer, &metrics);
  EXPECT_THAT(metrics.WriteText(), HasSubstr("countersign_tag_cache_bytes 0\n"));
  const std::string image = "registry.example.org/app:1";
  cluster.Sign(image, cluster.PushImage(image), {&cluster.signer});
  cluster.SetPolicy(
      policy::TestPolicy().Key("k", cluster.signer.key().PublicPem()).Rule("*", {"k"}));
  ASSERT_EQ(cluster.VerifyOne(image).decision, policy::Decision::kAllow);
  // Here it is refreshed, and here that could not be.
  for (const absl::Status& failure : {absl::OkStatus(), absl::UnavailableError("is away")}) {
    cluster.registry.FailWith({"registry.example.org", "app"}, failure);
    cluster.clock.Advance(absl::Seconds(2));
    ASSERT_EQ(cluster.VerifyOne(image).decision, policy::Decision::kAllow);
    EXPECT_TRUE(base::Eventually([&] {
      const auto counts = cluster.gatherer.tags().counts();
      return counts.renewed == 1 && counts.ended == (failure.ok() ? 0 : 1);
    }));
  }
  const std::string text = metrics.WriteText();
  EXPECT_THAT(text,
              AllOf(HasSubstr("countersign_tag_cache_reads_total{result=\"hit\"} 2\n"),
                    HasSubstr("countersign_tag_cache_reads_total{result=\"miss\"} 1\n"),
                    HasSubstr("countersign_tag_cache_refreshes_total{outcome=\"renewed\"} 1\n"),
                    HasSubstr("countersign_tag_cache_refreshes_total{outcome=\"ended\"} 1\n"),
                    HasSubstr("countersign_tag_cache_entries 1\n"),
                    testing::Not(HasSubstr("countersign_tag_cache_bytes 0\n"))));
}

TEST(MemoryMetrics, SaysWhatIsRememberedOfTokens) {
  http::FakeClient client([](const http::ClientRequest&) { return http::ClientResponse(); });
  registry::HttpRegistry registry(&client, &base::Clock::Real(), {});
  base::Metrics metrics;
  AddMemoryMetrics(&registry, &metrics);
  EXPECT_THAT(metrics.WriteText(), AllOf(HasSubstr("countersign_token_cache_entries 0\n"),
                                         HasSubstr("countersign_token_cache_bytes 0\n")));
}

}  // namespace
}  // namespace countersign::verifier
