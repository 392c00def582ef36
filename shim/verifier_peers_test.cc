#include "shim/verifier_peers.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/policy_hash.h"

namespace countersign::shim {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kHash(proto::kPolicyHashBytes, 'a');

class VerifierPeersTest : public testing::Test {
 protected:
  base::FakeClock clock_;
  VerifierPeers peers_{&clock_};
};

TEST_F(VerifierPeersTest, KeepsWhatCameOfTheLastCall) {
  peers_.Add("ipv4:192.0.2.1:8090", absl::OkStatus(), kHash);
  const absl::Time told = clock_.Now();
  clock_.Advance(absl::Seconds(3));
  peers_.Add("ipv4:192.0.2.1:8090", absl::ResourceExhaustedError("full"));
  ASSERT_THAT(peers_.All(), SizeIs(1));
  const VerifierPeer peer = peers_.All()[0];
  EXPECT_EQ(peer.address, "ipv4:192.0.2.1:8090");
  EXPECT_EQ(peer.calls, 2);
  EXPECT_EQ(peer.failures, 1);
  EXPECT_EQ(peer.last, clock_.Now());
  EXPECT_EQ(peer.last_code, absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(peer.policy_hash, kHash);
  EXPECT_EQ(peer.hash_told, told);
}

TEST_F(VerifierPeersTest, TakesNothingElseForAHash) {
  for (const std::string& text : {std::string(64, 'A'), std::string(63, 'a'), std::string(65, 'a'),
                                  std::string(64, '<'), std::string()}) {
    peers_.Add("a", absl::OkStatus(), text);
    EXPECT_THAT(peers_.All()[0].policy_hash, IsEmpty()) << text;
  }
}

TEST_F(VerifierPeersTest, ACallThatReachedNobodyIsNobodys) {
  peers_.Add("", absl::UnavailableError("none"));
  EXPECT_THAT(peers_.All(), IsEmpty());
}

TEST_F(VerifierPeersTest, TheOneGoesThatWasAskedLeastRecently) {
  for (size_t i = 0; i < VerifierPeers::kMaxPeers; ++i) {
    peers_.Add(absl::StrCat("p", i), absl::OkStatus());
    clock_.Advance(absl::Seconds(1));
  }
  peers_.Add("p0", absl::OkStatus());
  clock_.Advance(absl::Seconds(1));
  peers_.Add("new", absl::OkStatus());
  EXPECT_THAT(peers_.All(), SizeIs(VerifierPeers::kMaxPeers));
  EXPECT_EQ(peers_.All()[0].address, "new");
  EXPECT_EQ(peers_.All()[1].address, "p0");
  for (const VerifierPeer& peer : peers_.All()) EXPECT_NE(peer.address, "p1");
}

}  // namespace
}  // namespace countersign::shim
