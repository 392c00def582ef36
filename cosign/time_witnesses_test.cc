#include "cosign/time_witnesses.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cosign/refusal.h"
#include "cosign/trusted_root.h"
#include "crypto/message.h"
#include "crypto/test_timestamp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kSignature[] = "a signature";

class TimeWitnessesTest : public ::testing::Test {
 protected:
  TimeWitnesses Find(const std::vector<std::string>& timestamps) const {
    return FindTimeWitnesses(timestamps, crypto::Message(kSignature), authorities_);
  }

  const crypto::TestTimestampAuthority one_;
  const crypto::TestTimestampAuthority two_;
  const std::string by_one_ = one_.Stamp(kSignature).Write();
  const std::string by_two_ = two_.Stamp(kSignature).Write();
  std::vector<TrustedTimestampAuthority> authorities_ = {{.authority = one_.Listed()},
                                                         {.authority = two_.Listed()}};
};

TEST_F(TimeWitnessesTest, AreThoseWhoHaveStamped) {
  const TimeWitnesses found = Find({by_two_, by_one_});
  ASSERT_THAT(found.witnesses, SizeIs(2));
  EXPECT_EQ(found.witnesses[0].authority, &authorities_[1]);
  EXPECT_EQ(found.witnesses[1].authority, &authorities_[0]);
  EXPECT_EQ(found.witnesses[1].time, one_.start + absl::Minutes(30));
  EXPECT_FALSE(found.refusal.has_value());
  EXPECT_THAT(Find({}).witnesses, IsEmpty());
  EXPECT_FALSE(Find({}).refusal.has_value());
}

TEST_F(TimeWitnessesTest, AreOfTheTextToo) {
  const crypto::Message text("the text around it");
  const std::string of_text = two_.Stamp(text.bytes()).Write();
  const std::vector<std::string> timestamps = {of_text, by_one_, one_.Stamp("another").Write()};
  const TimeWitnesses found =
      FindTimeWitnesses(timestamps, crypto::Message(kSignature), authorities_, &text);
  ASSERT_THAT(found.witnesses, SizeIs(2));
  EXPECT_EQ(found.witnesses[0].authority, &authorities_[1]);
  EXPECT_EQ(found.witnesses[1].authority, &authorities_[0]);
  ASSERT_TRUE(found.refusal.has_value());
  EXPECT_EQ(found.refusal->reason, Refused::kBadTimestamp);
  EXPECT_THAT(Find({of_text}).witnesses, IsEmpty());
}

TEST_F(TimeWitnessesTest, AreNotSpoiledByATimestampThatDoesNotHold) {
  for (const std::string& bad : {std::string("no DER"), one_.Stamp("another").Write(),
                                 crypto::TestTimestampAuthority().Stamp(kSignature).Write()}) {
    for (const std::vector<std::string>& timestamps :
         {std::vector<std::string>{bad, by_two_}, std::vector<std::string>{by_two_, bad}}) {
      const TimeWitnesses found = Find(timestamps);
      ASSERT_THAT(found.witnesses, SizeIs(1));
      EXPECT_EQ(found.witnesses[0].authority, &authorities_[1]);
      ASSERT_TRUE(found.refusal.has_value());
      EXPECT_EQ(found.refusal->reason, Refused::kBadTimestamp);
    }
  }
}

// And not that it is none of the next one's.
TEST_F(TimeWitnessesTest, SayWhatTheAuthorityThatMadeItSays) {
  authorities_[0].authority.end = one_.start;
  const TimeWitnesses found = Find({by_one_});
  EXPECT_THAT(found.witnesses, IsEmpty());
  ASSERT_TRUE(found.refusal.has_value());
  EXPECT_THAT(found.refusal->sentence, ::testing::HasSubstr("was not trusted at its time"));
}

TEST_F(TimeWitnessesTest, AreNobodyWhereNobodyIsTrusted) {
  authorities_.clear();
  const TimeWitnesses found = Find({by_one_});
  EXPECT_THAT(found.witnesses, IsEmpty());
  ASSERT_TRUE(found.refusal.has_value());
  EXPECT_EQ(found.refusal->sentence, "no timestamp authority is trusted");
}

TEST_F(TimeWitnessesTest, AreCountedByOperatorElseByUriElseByAnchor) {
  const auto count = [this](std::vector<size_t> places) {
    std::vector<TimeWitness> witnesses;
    for (const size_t place : places) witnesses.push_back({.authority = &authorities_[place]});
    return CountIndependent(witnesses);
  };
  EXPECT_EQ(count({}), 0u);
  EXPECT_EQ(count({0, 0, 0}), 1u);
  EXPECT_EQ(count({0, 1}), 2u);
  // Listed once more, with the same anchor.
  authorities_.push_back({.authority = one_.Unlisted()});
  EXPECT_EQ(count({0, 2}), 1u);
  authorities_[0].uri = authorities_[1].uri = "https://timestamps.example.org";
  EXPECT_EQ(count({0, 1}), 1u);
  authorities_[0].operator_name = "one";
  EXPECT_EQ(count({0, 1}), 2u);
  authorities_[1].operator_name = "two";
  EXPECT_EQ(count({0, 1}), 2u);
  authorities_[1].operator_name = "one";
  EXPECT_EQ(count({0, 1}), 1u);
  // Nor is a URI another's operator.
  authorities_[1].operator_name = "";
  authorities_[0].operator_name = authorities_[1].uri;
  EXPECT_EQ(count({0, 1}), 2u);
}

}  // namespace
}  // namespace countersign::cosign
