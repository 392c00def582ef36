#include "policy/sign_sentences.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::policy {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kNotSigned[] = "The image: r.io/a is not signed.";
constexpr char kCouldNotVerify[] =
    "Could not verify against any image policies for container image: r.io/a.";

const Examination kNothing = {.digest = oci::Digest::Of("the image")};

// Keys of these names, and what asks for one of them.
struct Keys {
  explicit Keys(int count) {
    for (int i = 0; i < count; ++i) {
      keys.push_back({std::to_string(i), absl::InvalidArgumentError("not needed")});
    }
    for (const PolicyKey& key : keys) requirement.keys.push_back(&key);
    requirement.kind = Requirement::Kind::kSignature;
  }

  std::vector<PolicyKey> keys;
  Requirement requirement;
};

// verdict_test.cc has the whole of most of them.
TEST(Sentences, StartWithTheProductsOwn) {
  const Keys keys(1);
  const absl::Status why = absl::UnavailableError("Connection refused.");
  for (const std::string& sentence : {SayNotFound("r.io/a", why), SayNotRead("r.io/a", why),
                                      SayNotSigned(keys.requirement, "r.io/a", kNothing),
                                      SayUnfinished(keys.requirement, "r.io/a", kNothing)}) {
    EXPECT_THAT(sentence, StartsWith(kNotSigned));
  }
  for (const std::string& sentence :
       {SayUnmatched("r.io/a"), SayImpossible(Requirement(), "r.io/a"),
        SayUnparsable("r.io/a", why), SayNoPolicyRead("r.io/a", why), SayNotPinned("r.io/a"),
        SayShortName("r.io/a")}) {
    EXPECT_THAT(sentence, StartsWith(kCouldNotVerify));
  }
}

TEST(Sentences, AnothersWordsEndWithOneFullStop) {
  EXPECT_EQ(SayUnparsable("r.io/a", absl::InvalidArgumentError("It is bad.")),
            std::string(kCouldNotVerify) + " It is not a valid image reference: It is bad.");
}

TEST(Sentences, SayWhatToDoAboutEachKindOfError) {
  const auto say = [](absl::StatusCode code) {
    return SayNotRead("r.io/a", absl::Status(code, "why"));
  };
  EXPECT_THAT(say(absl::StatusCode::kPermissionDenied), HasSubstr("imagePullSecret"));
  EXPECT_THAT(say(absl::StatusCode::kDeadlineExceeded), HasSubstr("try again"));
  EXPECT_THAT(say(absl::StatusCode::kResourceExhausted), HasSubstr("try again later"));
  EXPECT_THAT(say(absl::StatusCode::kAborted), HasSubstr("Ask about fewer images"));
  EXPECT_THAT(say(absl::StatusCode::kDataLoss), HasSubstr("cannot be trusted"));
  EXPECT_THAT(say(absl::StatusCode::kInternal), HasSubstr("fault of the verifier"));
}

TEST(Sentences, ListsAreCut) {
  EXPECT_THAT(SayNotSigned(Keys(13).requirement, "r.io/a", kNothing),
              AllOf(HasSubstr("one of the keys \"0\", \"1\""), HasSubstr("\"9\", and 3 more"),
                    Not(HasSubstr("\"10\""))));
}

TEST(Sentences, WhatIsQuotedIsPrintableAndCut) {
  const std::string forged = "r.io/a\n" + std::string(10'000, 'x');
  const std::string sentence = SayUnparsable(forged, absl::InvalidArgumentError(forged));
  EXPECT_THAT(sentence, Not(HasSubstr("\n")));
  EXPECT_LT(sentence.size(), 2000u);
  EXPECT_THAT(SayExcluded("shop\x1b"), Not(HasSubstr("\x1b")));
  EXPECT_THAT(SayShortName("nginx"), EndsWith("docker.io/library/nginx for nginx."));
}

}  // namespace
}  // namespace countersign::policy
