#include "registry/counting_registry.h"

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "registry/fake_registry.h"

namespace countersign::registry {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const oci::Repository kRepository = {"registry.example.org", "app"};

TEST(CountingRegistry, CountsByOperationAndOutcome) {
  FakeRegistry fake;
  base::Metrics metrics;
  CountingRegistry counting(&fake, &metrics);
  const absl::Time deadline = absl::InfiniteFuture();
  const oci::Digest digest = fake.PutManifest(kRepository, "1", "{}");
  EXPECT_TRUE(counting.ResolveTag(kRepository, "1", {}, deadline).ok());
  EXPECT_TRUE(counting.FetchManifest(kRepository, digest, 10, {}, deadline).ok());
  EXPECT_FALSE(counting.FetchReferrers(kRepository, digest, "", {}, deadline).ok());
  EXPECT_FALSE(counting.FetchManifestByTag(kRepository, "2", {}, deadline).ok());
  fake.FailWith(kRepository, absl::ResourceExhaustedError("429"));
  EXPECT_FALSE(counting.FetchBlob(kRepository, digest, 10, {}, deadline).ok());
  const std::string text = metrics.WriteText();
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("requests_total{operation=\"resolve_tag\",outcome=\"ok\"} 1\n"),
            HasSubstr("requests_total{operation=\"fetch_manifest\",outcome=\"ok\"} 1\n"),
            HasSubstr("requests_total{operation=\"fetch_manifest\",outcome=\"not_found\"} 1\n"),
            HasSubstr("requests_total{operation=\"fetch_blob\",outcome=\"busy\"} 1\n"),
            HasSubstr("requests_total{operation=\"fetch_blob\",outcome=\"refused\"} 0\n"),
            HasSubstr("requests_total{operation=\"fetch_referrers\",outcome=\"not_found\"} 1\n"),
            HasSubstr("countersign_registry_request_duration_seconds_count 5\n")));
  EXPECT_THAT(text, Not(HasSubstr("registry.example.org")));
}

}  // namespace
}  // namespace countersign::registry
