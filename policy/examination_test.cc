#include "policy/examination.h"

#include "base/status_matchers.h"
#include "cosign/signer.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::IsOk;
using base::StatusIs;
using cosign::TestSigner;
using crypto::TestKey;
using ::testing::SizeIs;

class ExaminationTest : public testing::Test {
 protected:
  ExaminationTest() {
    requirement_.kind = Requirement::Kind::kSignature;
    requirement_.keys = {&key_};
  }

  const oci::Digest image_ = oci::Digest::Of("the image");
  const TestSigner alice_{TestKey::Generate()};
  const TestSigner stranger_{TestKey::Generate()};
  const PolicyKey key_ = {"alice", cosign::KeySigner(alice_.key().Public())};
  Requirement requirement_;
};

TEST_F(ExaminationTest, SaysHowManyThereWereAndWhichHold) {
  const Examination examination =
      Examine(requirement_, {.digest = image_,
                             .signatures = {stranger_.Sign(image_), alice_.Sign(image_)},
                             .how = "anonymous"});
  EXPECT_EQ(examination.digest, image_);
  EXPECT_EQ(examination.signatures, 2u);
  EXPECT_THAT(examination.verification.verified, SizeIs(1));
  EXPECT_THAT(examination.not_now, IsOk());
  EXPECT_EQ(examination.how, "anonymous");
}

TEST_F(ExaminationTest, TellsTheFirstThatMayBeReadAnotherTime) {
  const Examination examination = Examine(
      requirement_,
      {.digest = image_,
       .signatures = {absl::InvalidArgumentError("malformed"), absl::UnavailableError("not now"),
                      absl::DeadlineExceededError("nor this")},
       .how = ""});
  EXPECT_THAT(examination.not_now, StatusIs(absl::StatusCode::kUnavailable, "not now"));
  EXPECT_EQ(examination.signatures, 3u);
}

TEST_F(ExaminationTest, StopsWhereItIsTold) {
  const Examination examination =
      Examine(requirement_, {.digest = image_, .signatures = {alice_.Sign(image_)}, .how = ""},
              [](size_t) { return absl::AbortedError("enough"); });
  EXPECT_THAT(examination.verification.stopped, StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(examination.verification.verified, testing::IsEmpty());
}

}  // namespace
}  // namespace countersign::policy
