#include "registry/counting_registry.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "registry/fake_registry.h"

namespace countersign::registry {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

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

// One that knows every registry below example.org.
CountingRegistry::NameOf NamesBelow(const std::string& end) {
  return [end](std::string_view registry) -> std::optional<std::string> {
    if (!registry.ends_with(end)) return std::nullopt;
    return std::string(registry);
  };
}

TEST(CountingRegistry, TellsOnlyThoseRegistriesApartThatAreNamed) {
  FakeRegistry fake;
  base::Metrics metrics;
  CountingRegistry counting(&fake, &metrics, NamesBelow(".example.org"));
  fake.PutManifest(kRepository, "1", "{}");
  for (const char* registry : {"registry.example.org", "secret.test", "another.test"}) {
    counting.ResolveTag({registry, "app"}, "1", {}, absl::InfiniteFuture()).IgnoreError();
  }
  const std::string text = metrics.WriteText();
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("host_requests_total{outcome=\"ok\",registry=\"registry.example.org\"} 1\n"),
            HasSubstr("host_requests_total{outcome=\"not_found\",registry=\"other\"} 2\n"),
            HasSubstr("host_requests_total{outcome=\"ok\",registry=\"other\"} 0\n"),
            Not(HasSubstr(".test"))));
}

TEST(CountingRegistry, TellsNoMoreRegistriesApartThanThereMayBe) {
  FakeRegistry fake;
  base::Metrics metrics;
  CountingRegistry counting(&fake, &metrics, NamesBelow(".example.org"));
  const auto ask = [&](size_t i) {
    const oci::Repository repository = {absl::StrCat("r", i, ".example.org"), "app"};
    counting.ResolveTag(repository, "1", {}, absl::InfiniteFuture()).IgnoreError();
  };
  for (size_t i = 0; i < CountingRegistry::kMaxRegistries + 2; ++i) ask(i);
  ask(0);
  const std::string text = metrics.WriteText();
  EXPECT_THAT(
      text, AllOf(HasSubstr("{outcome=\"not_found\",registry=\"r0.example.org\"} 2\n"),
                  HasSubstr("registry=\"r63.example.org\"} 1\n"), Not(HasSubstr("r64.example.org")),
                  HasSubstr("{outcome=\"not_found\",registry=\"other\"} 2\n")));
  EXPECT_THAT(counting.states(), SizeIs(CountingRegistry::kMaxRegistries + 1));
  EXPECT_EQ(counting.states().back().host, "other");
  EXPECT_EQ(counting.states().back().requests, 2);
}

class CountingRegistryStatesTest : public testing::Test {
 protected:
  const absl::Time deadline_ = absl::InfiniteFuture();
  base::FakeClock clock_;
  base::Metrics metrics_;
  FakeRegistry fake_;
  CountingRegistry counting_{&fake_, &metrics_, NamesBelow(".example.org"), &clock_};
};

TEST_F(CountingRegistryStatesTest, AreNoneBeforeAnythingWasAsked) {
  EXPECT_THAT(counting_.states(), IsEmpty());
}

TEST_F(CountingRegistryStatesTest, SayWhatCameOfTheLastRequest) {
  const oci::Digest digest = fake_.PutManifest(kRepository, "1", "{}");
  EXPECT_TRUE(counting_.ResolveTag(kRepository, "1", {}, deadline_).ok());
  const absl::Time success = clock_.Now();
  clock_.Advance(absl::Seconds(5));
  fake_.FailWith(kRepository, absl::UnavailableError("503"));
  EXPECT_FALSE(counting_.FetchManifest(kRepository, digest, 10, {}, deadline_).ok());
  ASSERT_THAT(counting_.states(), SizeIs(1));
  const RegistryState state = counting_.states()[0];
  EXPECT_EQ(state.host, "registry.example.org");
  EXPECT_EQ(state.requests, 2);
  EXPECT_EQ(state.failures, 1);
  EXPECT_EQ(state.in_progress, 0);
  EXPECT_EQ(state.last, clock_.Now());
  EXPECT_EQ(state.last_code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(state.last_success, success);
  EXPECT_EQ(state.last_failure, clock_.Now());
}

TEST_F(CountingRegistryStatesTest, ThatThereIsNoSuchThingIsAnAnswer) {
  EXPECT_FALSE(counting_.FetchManifestByTag(kRepository, "2", {}, deadline_).ok());
  EXPECT_EQ(counting_.states()[0].last_code, absl::StatusCode::kOk);
  EXPECT_EQ(counting_.states()[0].failures, 0);
}

TEST_F(CountingRegistryStatesTest, RegistriesThatNobodyNamedAreOne) {
  for (const char* host : {"a.invalid", "b.invalid", "registry.example.org"}) {
    EXPECT_FALSE(counting_.ResolveTag({host, "app"}, "1", {}, deadline_).ok());
  }
  ASSERT_THAT(counting_.states(), SizeIs(2));
  EXPECT_EQ(counting_.states()[0].host, "registry.example.org");
  EXPECT_EQ(counting_.states()[1].host, "other");
  EXPECT_EQ(counting_.states()[1].requests, 2);
}

TEST(CountingRegistry, PassesOnWhateverIsAsked) {
  FakeRegistry fake;
  base::Metrics metrics;
  CountingRegistry counting(&fake, &metrics);
  const absl::Time deadline = absl::InfiniteFuture();
  const oci::Digest digest = fake.PutBlob(kRepository, "bytes");
  EXPECT_EQ(*counting.FetchBlob(kRepository, digest, 10, {}, deadline), "bytes");
  fake.SetReferrers(kRepository, digest, {"{}"});
  EXPECT_TRUE(counting.FetchReferrers(kRepository, digest, "", {}, deadline).ok());
  EXPECT_EQ(fake.Calls(),
            (std::vector<std::string>{
                absl::StrCat("blob registry.example.org/app@", digest.ToString()),
                absl::StrCat("referrers registry.example.org/app@", digest.ToString())}));
}

TEST(CountingRegistry, SaysWhatPhaseItWas) {
  FakeRegistry fake;
  base::Metrics metrics;
  CountingRegistry counting(&fake, &metrics);
  const oci::Digest digest = fake.PutManifest(kRepository, "1", "{}");
  const absl::Time deadline = absl::InfiniteFuture();
  EXPECT_TRUE(counting.ResolveTag(kRepository, "1", {}, deadline).ok());
  EXPECT_TRUE(counting.FetchManifest(kRepository, digest, 10, {}, deadline).ok());
  EXPECT_FALSE(counting.FetchReferrers(kRepository, digest, "", {}, deadline).ok());
  EXPECT_THAT(metrics.WriteText(),
              AllOf(HasSubstr("countersign_phase_duration_seconds_count{phase=\"resolve\"} 1\n"),
                    HasSubstr("countersign_phase_duration_seconds_count{phase=\"fetch\"} 2\n")));
}

}  // namespace
}  // namespace countersign::registry
