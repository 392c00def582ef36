#include "shim/denial.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/verifier_answer.h"

namespace countersign::shim {
namespace {

using testing::EndsWith;
using testing::StartsWith;

class WriteDenialTest : public testing::Test {
 protected:
  void Deny(const std::string& reference, const std::string& message,
            std::vector<std::string> places = {}) {
    Add(reference, std::move(places))->set_message(message);
  }

  void Allow(const std::string& reference) {
    Add(reference, {"container allowed"})->set_decision(v1::DECISION_ALLOW);
  }

  v1::Verdict* Add(const std::string& reference, std::vector<std::string> places) {
    const int image = question_.request.images_size();
    question_.request.add_images()->set_reference(reference);
    if (places.empty()) places.push_back("");
    for (std::string& place : places) {
      question_.uses.push_back({.reference = reference, .place = std::move(place), .image = image});
    }
    v1::Verdict* verdict = response_.add_verdicts();
    verdict->set_reference(reference);
    verdict->set_decision(v1::DECISION_DENY);
    return verdict;
  }

  std::string Write() { return WriteDenial(question_, response_); }

  Question question_;
  v1::VerifyImagesResponse response_;
};

TEST_F(WriteDenialTest, BeginsWithTheVerdictsOwnWords) {
  Deny("a", "The image: a is not signed. It has no signature tag.", {"container web"});
  EXPECT_EQ(Write(), "The image: a is not signed. It has no signature tag. (container web)");
}

TEST_F(WriteDenialTest, NamesEveryFailingImageInOrderAndNoOther) {
  Deny("b", "The image: b is not signed.", {"container b1", "volume b2"});
  Allow("ok");
  Deny("a", "The image: a is not signed.");
  EXPECT_EQ(Write(),
            "The image: b is not signed. (container b1, volume b2)\nThe image: a is not signed.");
  EXPECT_FALSE(AllAllowed(question_, response_));
}

TEST_F(WriteDenialTest, SaysASentenceOnce) {
  Deny("a", "No policy could be read.", {"container a"});
  Deny("b", "The image: b is not signed.", {"container b"});
  Deny("c", "No policy could be read.", {"container c"});
  EXPECT_EQ(Write(),
            "No policy could be read. (container a, container c)\n"
            "The image: b is not signed. (container b)");
}

TEST_F(WriteDenialTest, HasWordsWhereAVerdictHasNone) {
  Deny("a\n", "");
  EXPECT_EQ(Write(), "The image: a\\x0a is not allowed.");
}

TEST_F(WriteDenialTest, CountsPlacesThatAreTooMany) {
  std::vector<std::string> places;
  for (int i = 1; i <= 12; ++i) places.push_back(absl::StrCat("container ", i));
  Deny("a", "No.", places);
  EXPECT_THAT(Write(), EndsWith(", container 10 and 2 more)"));
}

TEST_F(WriteDenialTest, IsBounded) {
  for (int i = 0; i < 1000; ++i) {
    Deny(absl::StrCat(i), absl::StrCat("The image: ", i, " is not signed."), {"container web"});
  }
  const std::string message = Write();
  EXPECT_LE(message.size(), kMaxDenialBytes + 100);
  EXPECT_THAT(message, StartsWith("The image: 0 is not signed. (container web)\n"));
  EXPECT_THAT(message, EndsWith(" more like these."));
}

TEST_F(WriteDenialTest, AlwaysGivesAReason) {
  Deny("a", std::string(kMaxDenialBytes + 1, 'a'));
  Deny("b", "b");
  EXPECT_THAT(Write(), StartsWith("aaa"));
  EXPECT_THAT(Write(), EndsWith("And 1 more like these."));
}

TEST_F(WriteDenialTest, ListsForTheLogAreBounded) {
  for (int i = 0; i < 1000; ++i) {
    const std::string reference = absl::StrCat("registry.test/app:", 1000 + i);
    Deny(reference, "No.");
  }
  for (const std::string& list : {ListRefused(question_, response_), ListImages(question_)}) {
    EXPECT_LE(list.size(), kMaxListBytes + 20);
    EXPECT_THAT(list, StartsWith("registry.test/app:1000, registry.test/app:1001, "));
    EXPECT_THAT(list, EndsWith(" more"));
  }
}

TEST_F(WriteDenialTest, IsEmptyWhenAllAreAllowed) {
  Allow("a");
  EXPECT_TRUE(AllAllowed(question_, response_));
  EXPECT_EQ(Write(), "");
}

}  // namespace
}  // namespace countersign::shim
