// What becomes of an image where settings or a policy's mode are odd, and where policies cannot be read or ask
// for nothing. Cases that are said to be the Policy Controller's are of pkg/webhook/validator_test.go of
// github.com/sigstore/policy-controller at commit f925c0c (Copyright 2022 The Sigstore Authors, Apache-2.0).

#include <string_view>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/sigstore/conformance_fixture.h"
#include "policy/sigstore/evaluation_fixture.h"
#include "policy/verdict.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// TestPolicyControllerConfigNoMatchPolicy, and section 1.4: a word that there is not denies.
TEST_F(SigstoreEvaluationConformance, AnImageThatNoPolicySelectsIsAsTheSettingsSay) {
  const struct {
    std::string_view settings;
    bool is_admitted;
    std::string_view prefix;  // of the text
  } kCases[] = {
      {R"({"no-match-policy": ""})", false, ""},
      {R"({})", false, ""},
      {R"({"no-match-policy": "deny"})", false, ""},
      {R"({"no-match-policy": "Allow"})", false, ""},
      {R"({"no-match-policy": "warn"})", true, "(warning) "},
      {R"({"no-match-policy": "allow"})", true, "-"},
  };
  for (const bool are_any : {false, true}) {
    if (are_any)
      AddPolicy("other", R"({"images": [{"glob": "other.io/**"}],
                                        "authorities": [{"static": {"action": "pass"}}]})");
    for (const auto& row : kCases) {
      SetSettings(row.settings);
      const Verdict verdict = AskWithout(Distroless());
      EXPECT_EQ(verdict.decision == Decision::kAllow, row.is_admitted) << row.settings;
      if (row.prefix == "-") {
        EXPECT_THAT(TextsOf(verdict), IsEmpty());
      } else {
        EXPECT_THAT(TextsOf(verdict),
                    ElementsAre(absl::StrCat(row.prefix, "no matching policies\n", Distroless())));
      }
    }
  }
}

// Section 3.1. Validation refuses other words than enforce and warn; objects that were stored without it
// are in force.
TEST_F(SigstoreEvaluationConformance, OnlyTheVeryWordWarnWarns) {
  for (const std::string_view mode : {"Warn", "warn ", "audit", "enforce"}) {
    SetPolicy(R"("authorities": [{"key": {"data": "$alice"}}])", mode);
    EXPECT_FALSE(Admits(Distroless(), Of(kByStranger))) << mode;
    EXPECT_TRUE(Admits(Distroless(), Of(kByAlice))) << mode;
  }
}

// Theirs admits everything, in enforce mode, with `fail-on-empty-authorities: false`.
TEST_F(SigstoreEvaluationConformance, D20WithoutAuthoritiesNothingIsAdmitted) {
  for (const std::string_view settings : {R"({})", R"({"fail-on-empty-authorities": "false"})"}) {
    SetSettings(settings);
    for (const std::string_view members : {R"("authorities": [])", R"("mode": "enforce")"}) {
      SetPolicy(members);
      const Verdict verdict = AskWithout(Distroless());
      EXPECT_EQ(verdict.decision, Decision::kDeny) << members;
      EXPECT_THAT(TextsOf(verdict),
                  ElementsAre(absl::StrCat("failed policy: cluster-image-policy\n", Distroless(),
                                           " no authorities")));
    }
  }
}

// Theirs compiles policies into one ConfigMap; an entry of it that does not parse keeps every later policy
// from taking effect, and all of them say Ready.
TEST_F(SigstoreEvaluationConformance, D10APolicyThatCannotBeReadHoldsUpNoOther) {
  AddPolicy("a-bad", R"({"images": [{"glob": "bad.io/**"}], "authorities": "none"})");
  AddPolicy("b-odd", R"({"images": [{"glob": "odd.io/**"}], "unknown": 1,
                         "authorities": [{"static": {"action": "pass"}}]})");
  AddPolicy("c-good", R"({"images": [{"glob": "r.io/**"}],
                          "authorities": [{"static": {"action": "pass"}}]})");
  EXPECT_EQ(AskWithout(Image()).decision, Decision::kAllow);
  for (const std::string_view host : {"bad.io", "odd.io"}) {
    EXPECT_EQ(AskWithout(absl::StrCat(host, "/app", At())).reason, Reason::kPolicyBroken) << host;
  }
}

// A boolean that is none leaves the map without effect, and the last good one in force
// (verifier/policies/sigstore_compiler); the first time, what there is without a map.
TEST_F(SigstoreEvaluationConformance, ABadBooleanRejectsAllOfTheSettings) {
  SetSettings(R"({"no-match-policy": "allow", "enable-oci11": "yes"})");
  EXPECT_EQ(AskWithout(Distroless()).decision, Decision::kDeny);
  SetSettings(R"({"no-match-policy": "allow", "enable-oci11": "T"})");
  EXPECT_EQ(AskWithout(Distroless()).decision, Decision::kAllow);
}

}  // namespace
}  // namespace countersign::policy
