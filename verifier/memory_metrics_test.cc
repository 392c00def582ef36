#include "verifier/memory_metrics.h"

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(MemoryMetrics, SaysHowOftenTheMemoriesHelped) {
  TestCluster cluster;
  base::Metrics metrics;
  AddMemoryMetrics(&cluster.caching, &metrics);
  AddMemoryMetrics(&cluster.signatures, &metrics);
  cluster.api.PutSecret("shop", "regcred", {.type = "Opaque"});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        cluster.caching.FetchSecret("shop", "regcred", absl::Now() + absl::Seconds(20)).ok());
  }
  const std::string image = "registry.example.org/app:1";
  cluster.Sign(image, cluster.PushImage(image), {&cluster.signer});
  ASSERT_TRUE(cluster.signatures
                  .Fetch(*oci::ImageReference::Parse(image), {},
                         SignatureFetcher::Freshness::kRemembered, base::Share())
                  .Wait(absl::Now() + absl::Seconds(20))
                  .ok());
  // The deployment's own service account was looked for, and is not there.
  EXPECT_THAT(metrics.WriteText(),
              AllOf(HasSubstr("countersign_object_cache_reads_total{result=\"hit\"} 2\n"),
                    HasSubstr("countersign_object_cache_reads_total{result=\"miss\"} 2\n"),
                    HasSubstr("countersign_object_cache_reads_total{result=\"stale\"} 0\n"),
                    HasSubstr("countersign_object_cache_entries 2\n"),
                    HasSubstr("countersign_signature_cache_reads_total{result=\"miss\"} 1\n"),
                    HasSubstr("countersign_signature_cache_entries 1\n")));
}

}  // namespace
}  // namespace countersign::verifier
