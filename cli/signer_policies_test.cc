#include "cli/signer_policies.h"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/status_matchers.h"
#include "cosign/signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/policy.h"
#include "policy/test_policy.h"

namespace countersign::cli {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class PoliciesOfTest : public testing::Test {
 protected:
  const crypto::TestKey first_ = crypto::TestKey::Generate();
  const crypto::TestKey second_ = crypto::TestKey::Generate();
  const std::vector<NamedSigner> signers_ = {
      {.name = "first.pub", .signer = cosign::KeySigner(first_.Public())},
      {.name = "second.pub", .signer = cosign::KeySigner(second_.Public())}};
};

// So that it makes no difference to an answer whether keys are given or are in such a policy.
TEST_F(PoliciesOfTest, AskWhatAPolicyWithTheKeysAsks) {
  const policy::PoliciesPtr by_object = policy::TestPolicy()
                                            .Key("first.pub", first_.PublicPem())
                                            .Key("second.pub", second_.PublicPem())
                                            .Rule("*", {"first.pub", "second.pub"})
                                            .Build();
  EXPECT_EQ(PoliciesOf(signers_, std::nullopt)->id(), by_object->id());
  EXPECT_NE(PoliciesOf({signers_[0]}, std::nullopt)->id(), by_object->id());
  EXPECT_NE(PoliciesOf(signers_, "https://slsa.dev/provenance/v1")->id(), by_object->id());
}

TEST_F(PoliciesOfTest, AskItOfEveryImage) {
  const policy::PoliciesPtr policies = PoliciesOf(signers_, "https://slsa.dev/provenance/v1");
  for (const char* image : {"nginx", "a.example/b/c:d", "localhost:5000/x"}) {
    const auto matching = policies->Matching(*oci::ImageReference::Parse(image));
    ASSERT_THAT(matching, SizeIs(1)) << image;
    ASSERT_THAT(matching[0]->authorities, SizeIs(2));
    for (size_t i = 0; i < 2; ++i) {
      const policy::Authority& authority = *matching[0]->authorities[i];
      EXPECT_EQ(authority.name, signers_[i].name);
      EXPECT_EQ(std::get<cosign::SignerPtr>(authority.asks), signers_[i].signer);
      ASSERT_THAT(authority.attestations, SizeIs(1));
      EXPECT_EQ(authority.attestations[0].predicate_type, "https://slsa.dev/provenance/v1");
    }
  }
}

TEST_F(PoliciesOfTest, AskForItWhereItIsKept) {
  const auto source = std::make_shared<const policy::EvidenceSource>(
      policy::EvidenceSource{.tag_prefix = "release-"});
  const policy::PoliciesPtr policies = PoliciesOf(signers_, std::nullopt, source);
  for (const policy::AuthorityPtr& authority : policies->all()[0].authorities) {
    EXPECT_EQ(authority->source, source);
  }
}

TEST(ReadPredicateType, TakesCosignsNamesAndUris) {
  EXPECT_THAT(ReadPredicateType("slsaprovenance1"), IsOkAndHolds("https://slsa.dev/provenance/v1"));
  for (const char* uri : {"https://slsa.dev/provenance/v1", "urn:example:scan"}) {
    EXPECT_THAT(ReadPredicateType(uri), IsOkAndHolds(uri));
  }
}

// It would ask for what nobody attests.
TEST(ReadPredicateType, AWordThatIsNeitherIsRefused) {
  for (const char* word : {"", "slsa", "slsaprovenance1 ", "spdx.dev/Document"}) {
    EXPECT_THAT(ReadPredicateType(word),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--type: ")))
        << word;
  }
}

}  // namespace
}  // namespace countersign::cli
