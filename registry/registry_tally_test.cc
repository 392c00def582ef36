#include "registry/registry_tally.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "registry/fake_registry.h"

namespace countersign::registry {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const oci::Repository kNamed = {"registry.example.org", "app"};
const absl::Time kDeadline = absl::InfiniteFuture();

class RegistryTallyTest : public testing::Test {
 protected:
  base::FakeClock clock_;
  FakeRegistry fake_;
  RegistryTally tally_{&fake_, [](std::string_view host) { return host.ends_with("example.org"); },
                       &clock_};
};

TEST_F(RegistryTallyTest, KnowsNothingBeforeAnythingWasAsked) {
  EXPECT_THAT(tally_.states(), IsEmpty());
}

TEST_F(RegistryTallyTest, SaysWhatCameOfTheLastRequest) {
  const oci::Digest digest = fake_.PutManifest(kNamed, "1", "{}");
  EXPECT_TRUE(tally_.ResolveTag(kNamed, "1", {}, kDeadline).ok());
  const absl::Time success = clock_.Now();
  clock_.Advance(absl::Seconds(5));
  fake_.FailWith(kNamed, absl::UnavailableError("503"));
  EXPECT_FALSE(tally_.FetchManifest(kNamed, digest, 10, {}, kDeadline).ok());
  ASSERT_THAT(tally_.states(), SizeIs(1));
  const RegistryState state = tally_.states()[0];
  EXPECT_EQ(state.host, "registry.example.org");
  EXPECT_EQ(state.requests, 2);
  EXPECT_EQ(state.failures, 1);
  EXPECT_EQ(state.in_progress, 0);
  EXPECT_EQ(state.last, clock_.Now());
  EXPECT_EQ(state.last_code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(state.last_success, success);
  EXPECT_EQ(state.last_failure, clock_.Now());
}

TEST_F(RegistryTallyTest, ThatThereIsNoSuchThingIsAnAnswer) {
  EXPECT_FALSE(tally_.FetchManifestByTag(kNamed, "2", {}, kDeadline).ok());
  EXPECT_EQ(tally_.states()[0].last_code, absl::StatusCode::kOk);
  EXPECT_EQ(tally_.states()[0].failures, 0);
}

TEST_F(RegistryTallyTest, HostsThatNobodyNamedAreOne) {
  for (const char* host : {"a.invalid", "b.invalid"}) {
    EXPECT_FALSE(tally_.ResolveTag({host, "app"}, "1", {}, kDeadline).ok());
  }
  EXPECT_FALSE(tally_.ResolveTag(kNamed, "1", {}, kDeadline).ok());
  ASSERT_THAT(tally_.states(), SizeIs(2));
  EXPECT_EQ(tally_.states()[0].host, "registry.example.org");
  EXPECT_EQ(tally_.states()[1].host, "other");
  EXPECT_EQ(tally_.states()[1].requests, 2);
}

TEST_F(RegistryTallyTest, HostsAreBoundedWhateverIsNamed) {
  for (size_t i = 0; i < 2 * RegistryTally::kMaxHosts; ++i) {
    EXPECT_FALSE(
        tally_.ResolveTag({absl::StrCat(i, ".example.org"), "app"}, "1", {}, kDeadline).ok());
  }
  EXPECT_THAT(tally_.states(), SizeIs(RegistryTally::kMaxHosts + 1));
  EXPECT_EQ(tally_.states().back().requests, RegistryTally::kMaxHosts);
}

TEST_F(RegistryTallyTest, PassesOnWhateverIsAsked) {
  const oci::Digest digest = fake_.PutBlob(kNamed, "bytes");
  EXPECT_EQ(*tally_.FetchBlob(kNamed, digest, 10, {}, kDeadline), "bytes");
  fake_.SetReferrers(kNamed, digest, {"{}"});
  EXPECT_TRUE(tally_.FetchReferrers(kNamed, digest, "", {}, kDeadline).ok());
  EXPECT_EQ(fake_.Calls(),
            (std::vector<std::string>{
                absl::StrCat("blob registry.example.org/app@", digest.ToString()),
                absl::StrCat("referrers registry.example.org/app@", digest.ToString())}));
}

}  // namespace
}  // namespace countersign::registry
