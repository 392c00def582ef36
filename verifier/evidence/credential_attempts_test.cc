#include "verifier/evidence/credential_attempts.h"

#include <vector>

#include "absl/status/status.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::_;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const FoundCredential kPullSecret = {.source = {"a pull secret", "a pull secret"}};
const FoundCredential kOperators = {.source = {"the operator's", "policies/hidden"}};
const FoundCredential kAnonymous = {.source = {"anonymous", "anonymous"}};
const oci::Digest kDigest = oci::Digest::Of("image");

TEST(CredentialAttempts, SaysWhatCameOfEachInTheOrderTried) {
  CredentialAttempts attempts;
  attempts.Add(kPullSecret, absl::PermissionDeniedError("no"));
  attempts.Add(kOperators, absl::NotFoundError("no"));
  attempts.Add(kAnonymous, absl::FailedPreconditionError("no"));
  attempts.AddUnsigned(kAnonymous, kDigest);
  attempts.AddAnswered(kAnonymous);
  EXPECT_EQ(attempts.Describe({}),
            "a pull secret (refused), the operator's (not found), anonymous (failed), "
            "anonymous (no signature), anonymous (answered)");
  EXPECT_THAT(attempts.Describe({}, &SourceText::logged),
              AllOf(HasSubstr("policies/hidden (not found)"), Not(HasSubstr("the operator's"))));
  EXPECT_THAT(attempts.Describe({{"one", "1"}, {"another", "2"}}),
              testing::EndsWith("(answered); of no use: one; another"));
}

TEST(CredentialAttempts, AFailureThatIsNoRefusalOutweighsHavingSeenNone) {
  CredentialAttempts attempts;
  attempts.Add(kPullSecret, absl::FailedPreconditionError("bytes of another digest"));
  attempts.AddUnsigned(kAnonymous, kDigest);
  EXPECT_THAT(attempts.Conclude({}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("bytes of another digest; credentials tried: "),
                             HasSubstr("anonymous (no signature)"))));
}

TEST(CredentialAttempts, HavingSeenNoneOutweighsRefusals) {
  CredentialAttempts attempts;
  attempts.AddUnsigned(kPullSecret, kDigest);
  attempts.Add(kOperators, absl::NotFoundError("absent"));
  attempts.Add(kAnonymous, absl::UnauthenticatedError("refused"));
  const auto evidence = attempts.Conclude({});
  ASSERT_THAT(evidence, IsOk());
  EXPECT_EQ(evidence->digest, kDigest);
  EXPECT_TRUE(evidence->IsEmpty());
  EXPECT_EQ(evidence->how, attempts.Describe({}));
}

TEST(CredentialAttempts, AnAbsentImageOutweighsRefusalsAndOfThoseTheFirstIsSaid) {
  CredentialAttempts attempts;
  attempts.Add(kPullSecret, absl::PermissionDeniedError("first"));
  attempts.Add(kAnonymous, absl::UnauthenticatedError("second"));
  EXPECT_THAT(attempts.Conclude({}),
              StatusIs(absl::StatusCode::kUnauthenticated, testing::StartsWith("first;")));
  attempts.Add(kOperators, absl::NotFoundError("absent"));
  EXPECT_THAT(attempts.Conclude({}),
              StatusIs(absl::StatusCode::kNotFound, testing::StartsWith("absent;")));
  EXPECT_THAT(CredentialAttempts().Conclude({}), StatusIs(absl::StatusCode::kInternal, _));
}

}  // namespace
}  // namespace countersign::verifier
