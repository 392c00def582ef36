#include "policy/moving/sign_to_sigstore.h"

#include <string>

#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::policy {
namespace {

using base::Json;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr size_t kSteps = 10'000'000;

Translation Move(const TestPolicy& policy, const SignSettings& settings = {}) {
  StepBudget steps(kSteps);
  const absl::StatusOr<SignEntries> sign = ReadSignEntries(policy.Object(), steps);
  EXPECT_TRUE(sign.ok()) << sign.status();
  return SignToSigstore(*sign, settings, steps);
}

TestPolicy WithKey() { return TestPolicy().Key("a", crypto::TestKey::Generate().PublicPem()); }

TEST(SignToSigstore, EachPatternIsAPolicyOfTheGroup) {
  const Translation made =
      Move(WithKey().Rule("ghcr.io/*", {"a"}).Rule("quay.io/x", {"a"}).ExcludeNamespace("dev"));
  EXPECT_EQ(made.exactness, Exactness::kExact);
  ASSERT_EQ(made.objects.size(), 5u);
  EXPECT_EQ(made.objects[2]["metadata"]["name"], "image-policy-1");
  EXPECT_EQ(made.objects[2]["metadata"]["annotations"]["policy.countersign.dev/options"],
            "required");
  EXPECT_EQ(made.objects[3]["kind"], "PolicyOptions");
  EXPECT_EQ(made.objects[3]["metadata"]["name"], "image-policy-1");
  EXPECT_EQ(made.objects[3]["spec"]["group"], "image-policy");
  EXPECT_THAT(made.notes, Contains(HasSubstr("every namespace but dev")));
}

TEST(SignToSigstore, APatternWithoutKeysAdmitsNothing) {
  const Translation made = Move(WithKey().Rule("ghcr.io/*", {}));
  EXPECT_EQ(made.objects[0]["spec"]["authorities"][0]["static"]["action"], "fail");
}

TEST(SignToSigstore, UnmatchedImagesAreAsTheyWere) {
  const TestPolicy good = WithKey().Rule("ghcr.io/*", {"a"});
  EXPECT_EQ(Move(good).objects.back()["data"]["no-match-policy"], "deny");
  EXPECT_EQ(Move(good, {.allow_unmatched = true}).objects.back()["data"]["no-match-policy"],
            "warn");
  // What the broken one was meant to match is unknown.
  const TestPolicy broken = WithKey().Rule("ghcr.io/*", {"a"}).Rule("https://x/*", {"a"});
  EXPECT_EQ(Move(broken, {.allow_unmatched = true}).objects.back()["data"]["no-match-policy"],
            "deny");
}

TEST(SignToSigstore, SecretsAreToBeCopied) {
  const Translation made =
      Move(WithKey().Rule("ghcr.io/*", {"a"}, SecretReference{"images", "login"}));
  EXPECT_EQ(made.objects[0]["spec"]["authorities"][0]["source"][0]["signaturePullSecrets"][0],
            Json({{"name", "login"}}));
  EXPECT_THAT(made.notes, Contains(HasSubstr("copy the Secret images/login")));
}

TEST(SignToSigstore, WhatGlobsCannotSayIsShownByAnImage) {
  const Translation made = Move(WithKey().Rule("ghcr.io/*-prod", {"a"}));
  EXPECT_EQ(made.exactness, Exactness::kInexact);
  ASSERT_EQ(made.differences.size(), 1u);
  EXPECT_EQ(made.differences[0].witness, "ghcr.io/a:a-prod");
}

}  // namespace
}  // namespace countersign::policy
