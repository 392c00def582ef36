// Whom the certificates of bundles name: each test changes one thing of one that is asked for.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/test_judge.h"
#include "cosign/test_sigstore.h"
#include "crypto/der.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using crypto::ConstructedTag;
using crypto::DerTag;
using crypto::PrimitiveTag;
using crypto::TestCertificate;
using crypto::TestExtension;
using crypto::WriteDer;
using ::testing::Contains;
using ::testing::Pair;

class BundleIdentityTest : public ::testing::Test {
 protected:
  // A certificate with these in place of the issuers and the name.
  BundleVerdict JudgeWith(const std::vector<TestExtension>& extensions) {
    TestCertificate request = sigstore_.Request(key_);
    std::erase_if(request.extensions, [](const TestExtension& extension) {
      return extension.oid.starts_with("1.3.6.1.4.1.57264.1.") || extension.oid == "2.5.29.17";
    });
    request.extensions.insert(request.extensions.end(), extensions.begin(), extensions.end());
    return judge_.Judge(sigstore_.Sign({.key = key_, .certificate = sigstore_.Issue(request)}));
  }
  BundleVerdict JudgeIssuers(std::vector<TestExtension> extensions) {
    extensions.push_back(crypto::TestUri(kTestSubject));
    return JudgeWith(extensions);
  }
  // subjectAltName of these elements.
  BundleVerdict JudgeNames(std::initializer_list<std::string_view> names) {
    return JudgeWith(
        {TestFulcioExtension(8, kTestIssuer),
         {.oid = "2.5.29.17", .is_critical = true, .value = crypto::WriteDerSequence(names)}});
  }

  TestSigstore sigstore_;
  crypto::TestKey key_ = crypto::TestKey::Generate();
  TestJudge judge_{sigstore_};
};

TEST_F(BundleIdentityTest, TheIssuerIsInTheNewExtensionOrTheOldOne) {
  EXPECT_THAT(JudgeIssuers({TestFulcioExtension(1, kTestIssuer)}), Holds());
  EXPECT_THAT(JudgeIssuers({TestFulcioExtension(8, kTestIssuer)}), Holds());
  EXPECT_THAT(JudgeIssuers({}), IsRefusedAs(Refused::kWrongIdentity));
  EXPECT_THAT(JudgeIssuers({TestFulcioExtension(9, kTestIssuer)}),
              IsRefusedAs(Refused::kWrongIdentity));
}

TEST_F(BundleIdentityTest, TwoIssuersThatDifferAreBad) {
  EXPECT_THAT(JudgeIssuers({TestFulcioExtension(1, "https://other.example.org"),
                            TestFulcioExtension(8, kTestIssuer)}),
              IsRefusedAs(Refused::kBadCertificate));
  EXPECT_THAT(JudgeIssuers({TestFulcioExtension(8, "https://other.example.org"),
                            TestFulcioExtension(1, kTestIssuer)}),
              IsRefusedAs(Refused::kBadCertificate));
}

TEST_F(BundleIdentityTest, AnIssuerThatIsNoUtf8StringIsBad) {
  for (const std::string& value :
       {std::string(kTestIssuer), WriteDer(PrimitiveTag(6), {kTestIssuer}),
        WriteDer(DerTag::kOctetString, {kTestIssuer}),
        WriteDer(DerTag::kUtf8String, {kTestIssuer}) + "x",
        WriteDer(DerTag::kUtf8String, {"https://\xff"})}) {
    EXPECT_THAT(JudgeIssuers({{.oid = "1.3.6.1.4.1.57264.1.8", .value = value}}),
                IsRefusedAs(Refused::kBadCertificate));
  }
  // The old one is text as it stands.
  EXPECT_THAT(JudgeIssuers({{.oid = "1.3.6.1.4.1.57264.1.1",
                             .value = WriteDer(DerTag::kUtf8String, {kTestIssuer})}}),
              IsRefusedAs(Refused::kWrongIdentity));
}

// GHSA-8gw7-4j42-w388: whatever else is good of it.
TEST_F(BundleIdentityTest, AnotherIssuerOrSubjectIsSomebodyElse) {
  EXPECT_THAT(JudgeIssuers({TestFulcioExtension(8, "https://accounts.example.com")}),
              IsRefusedAs(Refused::kWrongIdentity));
  EXPECT_THAT(JudgeNames({WriteDer(PrimitiveTag(6), {"https://example.org/workflow@other"})}),
              IsRefusedAs(Refused::kWrongIdentity));
  judge_.identities = {{.issuer = std::string(kTestIssuer), .subject = "me@example.org"}};
  EXPECT_THAT(JudgeNames({WriteDer(PrimitiveTag(1), {"me@example.org"})}), Holds());
  EXPECT_THAT(JudgeNames({WriteDer(PrimitiveTag(1), {"you@example.org"})}),
              IsRefusedAs(Refused::kWrongIdentity));
}

TEST_F(BundleIdentityTest, ANameOfAHostIsNobodys) {
  judge_.identities = {{.issuer = std::string(kTestIssuer), .subject = "example.org"}};
  EXPECT_THAT(JudgeNames({WriteDer(PrimitiveTag(6), {"example.org"})}), Holds());
  EXPECT_THAT(JudgeNames({WriteDer(PrimitiveTag(2), {"example.org"})}),
              IsRefusedAs(Refused::kWrongIdentity));
  judge_.identities[0].subject = "10.0.0.1";
  EXPECT_THAT(JudgeNames({WriteDer(PrimitiveTag(7), {std::string_view("\x0a\0\0\x01", 4)})}),
              IsRefusedAs(Refused::kWrongIdentity));
}

TEST_F(BundleIdentityTest, AUserNameIsFulcios) {
  const auto other = [](std::string_view oid) {
    return WriteDer(ConstructedTag(0),
                    {crypto::WriteDerOid(oid),
                     WriteDer(ConstructedTag(0), {WriteDer(DerTag::kUtf8String, {"me!org"})})});
  };
  judge_.identities = {{.issuer = std::string(kTestIssuer), .subject = "me!org"}};
  EXPECT_THAT(JudgeNames({other("1.3.6.1.4.1.57264.1.7")}), Holds());
  EXPECT_THAT(JudgeNames({other("1.3.6.1.4.1.311.20.2.3")}), IsRefusedAs(Refused::kWrongIdentity));
}

TEST_F(BundleIdentityTest, AnyOfItsNamesCounts) {
  const BundleVerdict verdict = JudgeNames(
      {WriteDer(PrimitiveTag(1), {"me@example.org"}), WriteDer(PrimitiveTag(6), {kTestSubject})});
  ASSERT_THAT(verdict, Holds());
  EXPECT_EQ(std::get<Proof>(verdict).subject, kTestSubject);
}

TEST_F(BundleIdentityTest, WithoutANameItIsNobody) {
  EXPECT_THAT(JudgeWith({TestFulcioExtension(8, kTestIssuer)}),
              IsRefusedAs(Refused::kWrongIdentity));
}

// An expression is looked for anywhere, so that who forgets to anchor it takes more than he means.
TEST_F(BundleIdentityTest, AnExpressionWithoutAnchorsIsFoundAnywhere) {
  judge_.identities = {{.issuer = std::string(kTestIssuer), .subject_regexp = "example.org/work"}};
  EXPECT_THAT(JudgeNames({WriteDer(PrimitiveTag(6), {"https://evil.com/example.org/works"})}),
              Holds());
  judge_.identities[0].subject_regexp = "^https://example\\.org/work.*$";
  EXPECT_THAT(JudgeNames({WriteDer(PrimitiveTag(6), {"https://evil.com/example.org/works"})}),
              IsRefusedAs(Refused::kWrongIdentity));
  EXPECT_THAT(JudgeNames({WriteDer(PrimitiveTag(6), {kTestSubject})}), Holds());
}

// The issuer of one rule is not that of another.
TEST_F(BundleIdentityTest, OneRuleMustFitAsAWhole) {
  judge_.identities = {{.issuer = std::string(kTestIssuer), .subject = "you@example.org"},
                       {.issuer = "https://other.example.org", .subject = "me@example.org"}};
  EXPECT_THAT(JudgeNames({WriteDer(PrimitiveTag(1), {"me@example.org"})}),
              IsRefusedAs(Refused::kWrongIdentity));
  EXPECT_THAT(JudgeNames({WriteDer(PrimitiveTag(1), {"you@example.org"})}), Holds());
}

// GHSA-8gw7-4j42-w388's family: the right workflow, for another event than is asked for.
TEST_F(BundleIdentityTest, AnExtensionThatIsAskedForIsSomebodyElseIfItDiffers) {
  judge_.identities[0].extensions = {{"buildTrigger", "push"}};
  const auto judge = [this](std::vector<TestExtension> extensions) {
    extensions.push_back(TestFulcioExtension(8, kTestIssuer));
    return JudgeIssuers(std::move(extensions));
  };
  EXPECT_THAT(judge({TestFulcioExtension(20, "push")}), Holds());
  const BundleVerdict other = judge({TestFulcioExtension(20, "pull_request\n")});
  ASSERT_THAT(other, IsRefusedAs(Refused::kWrongIdentity));
  EXPECT_THAT(std::get<Refusal>(other).sentence,
              testing::EndsWith(", with buildTrigger \"pull_request\\x0a\""));
  const BundleVerdict none = judge({TestFulcioExtension(24, "push")});
  ASSERT_THAT(none, IsRefusedAs(Refused::kWrongIdentity));
  EXPECT_THAT(std::get<Refusal>(none).sentence, testing::EndsWith(", without buildTrigger"));
  // Whoever is somebody else anyhow is that first.
  const BundleVerdict somebody = JudgeWith(
      {TestFulcioExtension(8, kTestIssuer), crypto::TestUri("https://example.org/workflow@x")});
  ASSERT_THAT(somebody, IsRefusedAs(Refused::kWrongIdentity));
  EXPECT_THAT(std::get<Refusal>(somebody).sentence, testing::EndsWith(" says"));
}

TEST_F(BundleIdentityTest, WhatElseItSaysIsInTheProof) {
  const BundleVerdict verdict =
      JudgeIssuers({TestFulcioExtension(8, kTestIssuer), TestFulcioExtension(2, "push"),
                    TestFulcioExtension(12, "https://example.org/repository")});
  ASSERT_THAT(verdict, Holds());
  const auto& extensions = std::get<Proof>(verdict).identity->extensions;
  EXPECT_THAT(extensions, Contains(Pair("githubWorkflowTrigger", "push")));
  EXPECT_THAT(extensions, Contains(Pair("sourceRepositoryURI", "https://example.org/repository")));
}

// Who is not asked for may be called anything.
TEST_F(BundleIdentityTest, ALongNameThatIsNotPrintableIsShownInPart) {
  const std::string name = absl::StrCat("https://\x1b[31m\x7f", std::string(20'000, 'x'));
  EXPECT_THAT(JudgeNames({WriteDer(PrimitiveTag(6), {name})}),
              IsRefusedAs(Refused::kWrongIdentity));
  EXPECT_THAT(JudgeIssuers({TestFulcioExtension(1, name)}), IsRefusedAs(Refused::kWrongIdentity));
}

}  // namespace
}  // namespace countersign::cosign
