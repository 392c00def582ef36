#include "cli/explanation_text.h"

#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "crypto/public_key.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/explanation.h"
#include "policy/test_sigstore_policies.h"

namespace countersign::cli {
namespace {

using policy::TestSigstorePolicies;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kHex[] = "0000000000000000000000000000000000000000000000000000000000000001";

policy::Workload InShop() {
  return {.workload_namespace = "shop",
          .namespace_labels = std::make_shared<const policy::Labels>(
              policy::Labels{{"policy.sigstore.dev/include", "true"}})};
}

std::string Explain(const TestSigstorePolicies& policies, std::string_view name,
                    const policy::Workload& workload = InShop()) {
  const oci::ImageReference image = oci::ImageReference::Parse(name).value();
  return WriteText(policy::Explain(policies.Build(), workload, image), workload, image);
}

TEST(ExplanationText, BeginsWithWhatBecomesOfTheImageAndWhy) {
  TestSigstorePolicies policies;
  policies.Add("shop", {"r.io/*"}, {policy::KeyAuthority("release")});
  EXPECT_THAT(
      Explain(policies, "r.io/shop/web:1"),
      StartsWith("r.io/shop/web:1  in namespace shop\n"
                 "DENIED, whatever its evidence\n"
                 "  policy.sigstore.dev: no policy is for it, and the no-match rule is deny\n"));
}

TEST(ExplanationText, SaysWhatNearlySelectsAndWhatWould) {
  TestSigstorePolicies policies;
  policies.Add("shop", {"r.io/*"}, {policy::KeyAuthority("release")});
  EXPECT_THAT(Explain(policies, "r.io/shop/web:1"),
              HasSubstr("nearly selects it\n"
                        "  policy \"shop\" (policy.sigstore.dev): r.io/*\n"
                        "    a single * stands for no /, and ** does; r.io/** would match\n"));
}

TEST(ExplanationText, SaysWhoMustHaveSignedAndWhereThatIsLookedFor) {
  const crypto::PublicKey key = crypto::TestKey::Generate().Public();
  TestSigstorePolicies policies;
  policies.Add("shop", {"r.io/**"}, {policy::KeyAuthority("release", key)});
  const std::string text = Explain(policies, absl::StrCat("r.io/web@sha256:", kHex));
  EXPECT_THAT(text, HasSubstr("its evidence decides\n"));
  EXPECT_THAT(text, HasSubstr("\nmust hold\n  policy \"shop\" (policy.sigstore.dev)\n"
                              "    by  r.io/**  matches r.io/web"));
  EXPECT_THAT(text,
              HasSubstr(absl::StrCat("    wants its authority\n      \"release\": a signature by "
                                     "the key ECDSA P-256 ",
                                     key.Fingerprint(), "\n")));
  EXPECT_THAT(text,
              HasSubstr(absl::StrCat("looked for, in this order\n  1  signatures  r.io/web  tag "
                                     "sha256-",
                                     kHex, ".sig\n  2  referrers  r.io/web\n")));
}

TEST(ExplanationText, OfATagItSaysTheFormOfWhereItIsLookedFor) {
  TestSigstorePolicies policies;
  policies.Add("shop", {"r.io/**"}, {policy::KeyAuthority("release")});
  EXPECT_THAT(Explain(policies, "r.io/web:1"), HasSubstr("tag sha256-<digest>.sig\n"));
}

TEST(ExplanationText, SaysThatItDependsOnWhatTheTagMeans) {
  const std::string glob = absl::StrCat("r.io/web@sha256:", kHex);
  TestSigstorePolicies policies;
  policies.Add("all", {"r.io/**"}, {policy::KeyAuthority("release")})
      .Add("bad", {glob}, {policy::StaticAuthority(false)});
  const std::string text = Explain(policies, "r.io/web:1");
  EXPECT_THAT(text, HasSubstr("its evidence decides\n"));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("  policy \"bad\" (policy.sigstore.dev)\n"
                                           "    if that is the digest that the image's tag means\n"
                                           "    by  ",
                                           glob, "  matches r.io/web@<digest>\n")));
  EXPECT_THAT(text, HasSubstr("\nlooked for first\n  1  which digest the tag means"));
  EXPECT_THAT(text, HasSubstr("ask about the image by its digest"));
  EXPECT_THAT(Explain(policies, glob), HasSubstr("DENIED"));
}

TEST(ExplanationText, SaysHowManyOfAPolicyAndOfAGroupAreNeeded) {
  TestSigstorePolicies policies;
  policies
      .Add("a", {"r.io/**"}, {policy::KeyAuthority("one"), policy::KeyAuthority("two")},
           {.threshold = 2}, "g")
      .Add("b", {"**"}, {policy::KeyAuthority("one"), policy::KeyAuthority("two")}, {}, "g");
  const std::string text = Explain(policies, "r.io/web");
  EXPECT_THAT(text, HasSubstr("must hold: one of these 2 is enough\n"));
  EXPECT_THAT(text, HasSubstr("wants 2 of its 2 authorities\n"));
  EXPECT_THAT(text, HasSubstr("wants one of its 2 authorities\n"));
}

TEST(ExplanationText, SaysWhatIsBrokenAndThatTheClauseCannotHold) {
  TestSigstorePolicies policies;
  policies.Add("a", {"r.io/**"},
               {policy::MakeAuthority({.name = "k", .asks = policy::Broken{"no such Secret"}})});
  const std::string text = Explain(policies, "r.io/web");
  EXPECT_THAT(text, HasSubstr("must hold - and cannot\n"));
  EXPECT_THAT(text, HasSubstr("\"k\": nothing can satisfy it: no such Secret\n"));
  EXPECT_THAT(text, HasSubstr("nothing satisfies the policy \"a\": too few of its authorities"));
}

TEST(ExplanationText, SaysThatAGlobOnlyObliges) {
  TestSigstorePolicies policies;
  policies.Add("a", {"**.trusted.example/**"}, {policy::StaticAuthority(true)});
  const std::string text = Explain(policies, "evil.example/x.trusted.example/y/web");
  EXPECT_THAT(text, HasSubstr("a host that somebody else may choose"));
  EXPECT_THAT(text, HasSubstr("no-match rule of policy.sigstore.dev: deny"));
}

TEST(ExplanationText, SaysWhatIsNotKnown) {
  TestSigstorePolicies policies;
  policies.Add("a", {"**"}, {policy::KeyAuthority("k")},
               {.objects = {{.api_group = "batch", .resource = "jobs"}}});
  const std::string text = Explain(policies, "r.io/web", {.workload_namespace = "shop"});
  EXPECT_THAT(text, HasSubstr("The labels of the namespace \"shop\" are not known"));
  EXPECT_THAT(text, HasSubstr("say --kind"));
  EXPECT_THAT(Explain(policies, "r.io/web"), Not(HasSubstr("labels of the namespace")));
}

TEST(ExplanationText, IsPrintableWhateverIsInPolicies) {
  TestSigstorePolicies policies;
  policies.Add("a\n\x1b[2J", {"**"},
               {policy::StaticAuthority(true, "b\n\x1b[2J"), policy::KeyAuthority("c\x1b")});
  const std::string text = Explain(policies, "r.io/web");
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("\\x1b"));
}

}  // namespace
}  // namespace countersign::cli
