#include "cli/certificates/certificate_users.h"

#include <utility>

#include "base/status_matchers.h"
#include "cli/certificates/certificate_authority.h"
#include "cli/certificates/webhook_bundle.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::IsOk;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// certificate_plan_test.cc has what these come to together with the steps of the authorities.
class CertificateUsersTest : public testing::Test {
 protected:
  CertificateUsersTest() {
    authorities_.issuing = *MakeAuthority("one", {now_, now_ + absl::Hours(1000)});
    leaves_.specs = LeafSpecs(options_);
    for (const FoundObject& found : PathsOf(options_).leaves) Add({found.path, nullptr});
    webhooks_ = PathsOf(options_).webhooks;
  }

  void Add(CertificateSecret secret) {
    leaves_.secrets.push_back(std::move(secret));
    leaves_.leaves.push_back(ReadLeaf(leaves_.secrets.back()));
  }

  CertificateUsersPlan Plan() {
    auto plan = PlanCertificateUsers(authorities_, leaves_, webhooks_, options_, now_);
    EXPECT_THAT(plan, IsOk());
    return *std::move(plan);
  }

  // As if the Secrets had been written.
  void Apply(const CertificateUsersPlan& plan) {
    leaves_.secrets.clear();
    leaves_.leaves.clear();
    for (const CertificateWrite& write : plan.leaves) Add({write.path, write.object});
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  CertificateOptions options_;
  Authorities authorities_;
  LeafSecrets leaves_;
  std::vector<FoundObject> webhooks_;
};

TEST_F(CertificateUsersTest, LeavesThatAreNotThereAreMadeAndThenStayAsTheyAre) {
  CertificateUsersPlan plan = Plan();
  EXPECT_THAT(plan.leaves, SizeIs(3));
  EXPECT_TRUE(plan.leaves[0].is_new);
  EXPECT_THAT(plan.leaves[0].reason,
              AllOf(HasSubstr("new certificate until "),
                    HasSubstr("as the one there is not there; trusts CN=one")));
  EXPECT_TRUE(plan.is_bundle_written);
  Apply(plan);
  plan = Plan();
  EXPECT_THAT(plan.leaves, IsEmpty());
  EXPECT_FALSE(plan.is_bundle_written);
  EXPECT_EQ(plan.next, NearItsEndFrom(leaves_.leaves[0].pair->certificate));
}

TEST_F(CertificateUsersTest, OneOfAnAuthorityThatRetiresIsMadeAnew) {
  Apply(Plan());
  authorities_.old.push_back(authorities_.issuing->certificate);
  authorities_.issuing = *MakeAuthority("two", {now_, now_ + absl::Hours(1000)});
  const CertificateUsersPlan plan = Plan();
  EXPECT_THAT(plan.leaves,
              Each(testing::Field(&CertificateWrite::reason, HasSubstr("the one there retires"))));
  EXPECT_THAT(plan.leaves, SizeIs(3));
}

TEST_F(CertificateUsersTest, WebhooksGetTheBundleOnceTheyExist) {
  EXPECT_TRUE(Plan().is_waiting_for_webhooks);
  for (FoundObject& webhook : webhooks_) {
    webhook.object["webhooks"][0]["clientConfig"]["url"] = "https://shim.example/mutate";
  }
  const CertificateUsersPlan plan = Plan();
  EXPECT_FALSE(plan.is_waiting_for_webhooks);
  ASSERT_THAT(plan.webhooks, SizeIs(webhooks_.size()));
  EXPECT_THAT(TrustedByWebhooks(plan.webhooks[0].object, options_),
              ElementsAre(authorities_.issuing->certificate));
}

}  // namespace
}  // namespace countersign::cli
