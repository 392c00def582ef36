// By which evidence a verdict says that each of its keys, or identities, holds.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cosign/form.h"
#include "cosign/item.h"
#include "cosign/test_judge.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/sha256.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/judge.h"
#include "policy/policies.h"
#include "policy/test_policy.h"
#include "policy/verdict_fixture.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Verdict Judge(const Requirement& requirement, const Evidence& evidence) {
  return policy::Judge(requirement, kImage, evidence, ProveDirectly);
}

class VerdictEvidenceTest : public VerdictFixture {
 protected:
  static Requirement Ask(const PoliciesPtr& policies) {
    return RequirementFor(policies, {}, oci::ImageReference::Parse(kImage).value());
  }
};

TEST_F(VerdictEvidenceTest, TheEvidenceIsThatOfTheKeysInTheirOrder) {
  const Verdict verdict =
      Judge(Ask(Policy().Build()),
            Found({stranger_.Sign(image_), bob_.Sign(image_), alice_.Sign(image_)}));
  ASSERT_THAT(verdict.keys, ElementsAre("alice", "bob"));
  ASSERT_THAT(verdict.evidence, SizeIs(2));
  EXPECT_EQ(verdict.evidence[0].authority, "alice");
  EXPECT_EQ(verdict.evidence[0].form, cosign::Form::kSignatureLayer);
  EXPECT_EQ(verdict.evidence[0].key_sha256, crypto::Sha256Hex(alice_.key().PublicDer()));
  EXPECT_EQ(verdict.evidence[1].authority, "bob");
  EXPECT_EQ(verdict.evidence[1].key_sha256, crypto::Sha256Hex(bob_.key().PublicDer()));
  EXPECT_THAT(Judge(Ask(Policy().Build()), Found({stranger_.Sign(image_)})).evidence, IsEmpty());
}

TEST_F(VerdictEvidenceTest, TheEvidenceOfAnIdentityNamesIt) {
  cosign::TestSigstore sigstore;
  const PoliciesPtr policies = PoliciesForEveryImage({std::make_shared<const Authority>(
      Authority{.name = "workflow", .asks = cosign::TestJudge(sigstore).signer()})});
  const cosign::Bundle bundle = sigstore.Sign(sigstore.Keyless());
  const Evidence evidence = {
      .digest = cosign::TestImage(),
      .by_place = {{.place = Place::kReferrers,
                    .items = {cosign::BundleItem(cosign::TestBundleJson(bundle).dump())}}}};
  const Verdict verdict = Judge(Ask(policies), evidence);
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  EXPECT_THAT(verdict.keys, ElementsAre("workflow"));
  EXPECT_THAT(verdict.patterns, ElementsAre("*"));
  ASSERT_THAT(verdict.evidence, SizeIs(1));
  EXPECT_EQ(verdict.evidence[0].form, cosign::Form::kBundleV03);
  EXPECT_EQ(verdict.evidence[0].proof.subject, cosign::kTestSubject);
  EXPECT_EQ(verdict.evidence[0].key_sha256, "");
}

TEST_F(VerdictEvidenceTest, OfManyKeysThereIsEvidenceOfThoseThatAreNamed) {
  TestPolicy policy;
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) {
    names.push_back(std::to_string(i));
    policy.Key(names.back(), alice_.key().PublicPem());
  }
  const Verdict verdict = Judge(Ask(policy.Rule("*", names).Build()), Found({alice_.Sign(image_)}));
  EXPECT_THAT(verdict.keys, SizeIs(100));
  ASSERT_THAT(verdict.evidence, SizeIs(100));
  EXPECT_EQ(verdict.evidence.back().authority, verdict.keys.back());
  // Keys, and evidence of them.
  EXPECT_EQ(verdict.left_out, 200u);
}

}  // namespace
}  // namespace countersign::policy
