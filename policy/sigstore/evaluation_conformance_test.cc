// What becomes of an image in whose namespace policies of policy.sigstore.dev ask, from their objects to
// the texts of the verdict. Names, policies and expected texts of the cases that are said to be the
// Policy Controller's are of pkg/webhook/validator_test.go and pkg/policy/verifier_test.go of
// github.com/sigstore/policy-controller at commit f925c0c (Copyright 2022 The Sigstore Authors,
// Apache-2.0). There a function stands for what verifies ("bad signature"); here everything is signed.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cosign/test_sigstore.h"
#include "crypto/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "policy/judge.h"
#include "policy/sigstore/conformance_fixture.h"
#include "policy/sigstore/evaluation_fixture.h"
#include "policy/sigstore/evidence_fixture.h"
#include "policy/verdict.h"

namespace countersign::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// TestValidatePodSpec, TestValidatePodSpecNonDefaultNamespace: what is about policies. Each in every mode,
// as there: `warn` admits with the same text as a warning. Authorities have no names there as nothing
// was defaulted; here they have `authority-0`.
TEST_F(SigstoreEvaluationConformance, WhatValidatePodSpecSaysIsSaidHere) {
  const struct {
    std::string_view name;
    std::string_view members;
    What found;
    std::string_view theirs;  // the end of the details; "": admitted
    std::string_view ours;    // part of them; "": as theirs
  } kCases[] = {
      {"simple, no error; simple, no error, authority key",
       R"("authorities": [{"key": {"data": "$alice"}}])", kByAlice, "", ""},
      {"simple, error, authority keyless, bad fulcio",
       R"("authorities": [{"keyless": {"url": "http://example.com/", $who}}])", kKeyless,
       "signature keyless validation failed for authority  for $name: bad signature",
       // D25: whatever is signed.
       "signature keyless validation failed for authority authority-0 for $name: keyless.url "
       "http://example.com/ belongs to no certificate "
       "authority"},
      {"simple, error, authority keyless, good fulcio, no rekor",
       R"("authorities": [{"keyless": {"url": "https://fulcio.sigstore.dev", $who}}])", kUnlogged,
       "signature keyless validation failed for authority  for $name: bad signature",
       "signature keyless validation failed for authority authority-0 for $name: no matching "
       "signatures: "},
      {"simple, authority keyless checks out, good fulcio, bad cip policy",
       R"("authorities": [{"keyless": {"url": "https://fulcio.sigstore.dev", $who}}],
          "policy": {"type": "cue", "data": "{\"wontgo"})",
       kKeyless,
       "failed evaluating cue policy for ClusterImagePolicy: failed to compile the cue policy with "
       "error: string literal not terminated",
       // D6: no rule is evaluated, and none is ignored.
       "$image rules in CUE and Rego are not evaluated, so nothing satisfies this policy"},
      {"simple, no error, authority keyless, good fulcio",
       R"("authorities": [{"keyless": {"url": "https://fulcio.sigstore.dev", $who}}])", kKeyless,
       "", ""},
      {"simple, error, authority keyless, good fulcio, bad rekor",
       R"("authorities": [{"keyless": {"url": "https://fulcio.sigstore.dev", $who},
                           "ctlog": {"url": "http://127.0.0.1:8080"}}])",
       kKeyless, "signature keyless validation failed for authority  for $name: bad signature",
       "signature keyless validation failed for authority authority-0 for $name: ctlog.url "
       "http://127.0.0.1:8080 belongs to no transparency log"},
      {"volume image fails policy", R"("authorities": [{"key": {"data": "$alice"}}])", kByStranger,
       "signature key validation failed for authority  for $name: bad signature",
       "signature key validation failed for authority authority-0 for $name: no matching "
       "signatures: "},
      {"simple, no error, with a resource selector based on labels and resource version",
       R"("authorities": [{"key": {"data": "$alice"}}],
          "match": [{"version": "v1", "resource": "pods",
                     "selector": {"matchLabels": {"test": "test"}}}])",
       kByAlice, "", ""},
  };
  for (const auto& row : kCases) {
    for (const std::string_view mode : {"", "enforce", "warn"}) {
      SetPolicy(row.members, mode);
      Workload workload = Included();
      workload.object =
          ObjectDescription{.api_version = "v1", .resource = "pods", .labels = {{"test", "test"}}};
      const Verdict verdict = Ask(Distroless(), Of(row.found), workload);
      EXPECT_EQ(verdict.decision,
                row.theirs.empty() || mode == "warn" ? Decision::kAllow : Decision::kDeny)
          << row.name << " " << mode;
      if (row.theirs.empty()) {
        EXPECT_THAT(TextsOf(verdict), IsEmpty()) << row.name;
        continue;
      }
      const std::string summary =
          absl::StrCat(mode == "warn" ? "(warning) " : "", "failed policy: cluster-image-policy\n",
                       Distroless());
      EXPECT_THAT(TextsOf(verdict),
                  ElementsAre(AllOf(StartsWith(summary), HasSubstr(Filled(row.ours)))))
          << row.name;
    }
  }
}

// "bad reference" and "not digest" of TestValidatePodSpec: denied in every mode, in the same words.
TEST_F(SigstoreEvaluationConformance, WhatHasNoDigestIsDeniedInEveryMode) {
  for (const std::string_view mode : {"enforce", "warn"}) {
    SetPolicy(R"("authorities": [{"key": {"data": "$alice"}}])", mode);
    const absl::Status why = oci::ImageReference::Parse("in@valid").status();
    ASSERT_FALSE(why.ok());
    const Verdict bad = JudgeUnparsable(*Compile().policies, "in@valid", why);
    EXPECT_EQ(bad.decision, Decision::kDeny);
    EXPECT_THAT(TextsOf(bad), ElementsAre("could not parse reference: in@valid\n"));
    const Verdict tag = Ask("gcr.io/distroless/static:nonroot",
                            Unresolved(absl::UnavailableError("the registry is away")));
    EXPECT_EQ(tag.decision, Decision::kDeny);
    EXPECT_THAT(tag.policy_failures[0].summary,
                "invalid value: gcr.io/distroless/static:nonroot must be an image digest");
    // Theirs leaves it at that; here the registry's answer follows.
    EXPECT_EQ(tag.policy_failures[0].details, "the registry is away");
  }
}

// TestValidatePolicy. What its result says of who signed is in Verdict::keys and evidence here; rules,
// which theirs gives it to, are not evaluated.
TEST_F(SigstoreEvaluationConformance, WhatValidatePolicySaysOfAuthoritiesIsSaidHere) {
  const struct {
    std::string_view name;
    std::string_view authorities;
    What found;
    std::vector<std::string> keys;  // as authorityMatches there
    std::string_view theirs;        // its error, if nothing matches
    std::string_view ours;          // the end of ours; "": as theirs
  } kCases[] = {
      {"fail with no public key",
       R"({"key": {}})",
       kByAlice,
       {},
       "there are no public keys for authority authority-0",
       "must have one of data, secretRef and kms"},
      {"simple, public key, no matches",
       R"({"key": {"data": "$alice"}})",
       kByStranger,
       {},
       "key validation failed for authority authority-0 for $name: bad signature",
       "signature key validation failed for authority authority-0 for $name: no matching "
       "signatures: "
       "signature 1 of 1: none of the keys made it"},
      {"simple, public key, works; simple, public key, no error",
       R"({"key": {"data": "$alice"}})",
       kByAlice,
       {"authority-0"},
       "",
       ""},
      {"simple, public key and keyless, one works, one doesn't",
       R"({"key": {"data": "$alice"}}, {"keyless": {"url": "http://example.com/", $who}})",
       kByAlice,
       {"authority-0"},
       "",
       ""},
      {"simple, static set to pass", R"({"static": {"action": "pass"}})", kNothing, {}, "", ""},
      {"simple, static set to fail",
       R"({"static": {"action": "fail"}})",
       kNothing,
       {},
       "disallowed by static policy",
       "$image disallowed by static policy: "},
      {"simple, static set to fail with custom message",
       R"({"static": {"action": "fail", "message": "test custom message here"}})",
       kNothing,
       {},
       "disallowed by static policy: test custom message here",
       ""},
      {"simple, keyless attestation, works",
       R"({"keyless": {"url": "https://fulcio.sigstore.dev", $who},
           "attestations": [{"name": "test-att", "predicateType": "vuln"}]})",
       kVulnerabilities,
       {"authority-0"},
       "",
       ""},
      {"simple, wrong predicate keyless attestation, error",
       R"({"keyless": {"url": "https://fulcio.sigstore.dev", $who},
           "attestations": [{"name": "test-att", "predicateType": "custom"}]})",
       kVulnerabilities,
       {},
       "$image no matching attestations with type custom, checked the following predicateTypes: "
       "\"https://cosign.sigstore.dev/attestation/vuln/v1\"",
       ""},
  };
  for (const auto& row : kCases) {
    SetPolicy(absl::StrCat(R"("authorities": [)", row.authorities, "]"));
    const Verdict verdict = Ask(Distroless(), Of(row.found));
    EXPECT_EQ(verdict.decision == Decision::kAllow, row.theirs.empty()) << row.name;
    EXPECT_EQ(verdict.keys, row.keys) << row.name;
    if (row.theirs.empty()) {
      EXPECT_THAT(TextsOf(verdict), IsEmpty()) << row.name;
    } else {
      EXPECT_THAT(TextsOf(verdict),
                  ElementsAre(HasSubstr(Filled(row.ours.empty() ? row.theirs : row.ours))))
          << row.name;
    }
  }
}

// Of who signed, what theirs gives to rules.
TEST_F(SigstoreEvaluationConformance, AVerdictSaysWhoSignedAndWhatWasAttested) {
  SetPolicy(R"("authorities": [{"name": "scan", "keyless": {$who},
                                "attestations": [{"name": "vulns", "predicateType": "vuln"}]}])");
  const Verdict verdict = Ask(Distroless(), Of(kVulnerabilities));
  ASSERT_THAT(verdict.evidence, SizeIs(1));
  EXPECT_EQ(verdict.evidence[0].authority, "scan");
  EXPECT_EQ(verdict.evidence[0].proof.subject, cosign::kTestSubject);
  EXPECT_EQ(verdict.evidence[0].proof.predicate_type,
            "https://cosign.sigstore.dev/attestation/vuln/v1");
}

// TestValidatePolicyCancelled, TestValidatePoliciesCancelled. There such an error is collected and never
// denies by itself.
TEST_F(SigstoreEvaluationConformance, D22WhatWasNotFoundOutDenies) {
  SetPolicy(R"("authorities": [{"key": {"data": "$alice"}}])");
  for (const absl::Status& why :
       {absl::CancelledError("the caller is gone"), absl::DeadlineExceededError("too late"),
        absl::InternalError("a fault")}) {
    const Verdict verdict = Ask(Distroless(), why);
    EXPECT_EQ(verdict.decision, Decision::kDeny) << why;
    EXPECT_EQ(verdict.reason, Reason::kUndecided) << why;
    EXPECT_THAT(TextsOf(verdict), ElementsAre(EndsWith(std::string(why.message())))) << why;
  }
}

// TestVerifierDeny, TestVerifierWarn: the no-match rule, and who signed being another.
TEST_F(SigstoreEvaluationConformance, WhatVerifierTestsSayOfOneKeylessPolicy) {
  const auto set = [this](std::string_view mode) {
    policies_.clear();
    AddPolicy(
        "ko-default-base-image-policy",
        absl::StrCat(R"({"images": [{"glob": "cgr.dev/chainguard/static**"}], "mode": ")", mode,
                     R"(", "authorities": [{"keyless": {
                              "url": "https://fulcio.sigstore.dev",
                              "identities": [{"issuer": "https://issuer.example.org",
                                              "subjectRegExp": "https://github.com/chainguard-images/.*"}]},
                              "ctlog": {"url": "https://rekor.sigstore.dev"}}]})"));
  };
  set("enforce");
  const std::string uncovered = absl::StrCat("cgr.dev/chainguard/busybox", At());
  EXPECT_THAT(TextsOf(AskWithout(uncovered)),
              // Theirs, of its offline tester: "<image> is uncovered by policy".
              ElementsAre(absl::StrCat("no matching policies\n", uncovered)));
  const std::string covered = absl::StrCat("cgr.dev/chainguard/static", At());
  const Verdict denied = Ask(covered, Of(kKeyless));
  EXPECT_EQ(denied.decision, Decision::kDeny);
  EXPECT_THAT(TextsOf(denied),
              ElementsAre(absl::StrCat(
                  "failed policy: ko-default-base-image-policy\n", covered,
                  " signature keyless validation failed for authority authority-0 for ", covered,
                  ": no matching signatures: none of the expected identities matched what was in "
                  "the certificate, got subjects [",
                  cosign::kTestSubject, "] with issuer ", cosign::kTestIssuer,
                  // Ours.
                  " (signature 1 of 1)")));
  set("warn");
  const Verdict warned = Ask(covered, Of(kKeyless));
  EXPECT_EQ(warned.decision, Decision::kAllow);
  EXPECT_EQ(TextsOf(warned)[0], "(warning) " + TextsOf(denied)[0]);
}

// In 34 of 60 identical requests theirs named the policy that warns as the reason, without a reason.
TEST_F(SigstoreEvaluationConformance, D24TheSameRequestGivesTheSameBytes) {
  AddPolicy("warns", R"({"images": [{"glob": "**"}], "mode": "warn",
                         "authorities": [{"name": "b", "key": {"data": "$bob"}}]})");
  AddPolicy("denies", R"({"images": [{"glob": "**"}],
                          "authorities": [{"name": "z", "key": {"data": "$bob"}},
                                          {"name": "a", "key": {"data": "$alice"}}]})");
  std::string first;
  for (int i = 0; i < 60; ++i) {
    const Verdict verdict = Ask(Distroless(), Of(kByStranger));
    EXPECT_EQ(verdict.decision, Decision::kDeny);
    const std::vector<std::string> texts = TextsOf(verdict);
    ASSERT_THAT(texts, SizeIs(2));
    const std::string sum =
        crypto::Sha256Hex(absl::StrCat(texts[0], texts[1], verdict.message, verdict.warning));
    if (i > 0) {
      EXPECT_EQ(sum, first);
      continue;
    }
    first = sum;
    EXPECT_THAT(texts, ElementsAre(StartsWith("failed policy: denies\n"),
                                   StartsWith("(warning) failed policy: warns\n")));
    // In the order in which they are written.
    EXPECT_LT(texts[0].find("authority z"), texts[0].find("authority a "));
  }
}

// Section 3.2, as there.
TEST_F(SigstoreEvaluationConformance, WhereAPolicyPassesItsOtherAuthoritiesAreNotTold) {
  SetPolicy(R"("authorities": [{"name": "b", "key": {"data": "$bob"}},
                               {"name": "no", "static": {"action": "fail"}},
                               {"name": "a", "key": {"data": "$alice"}}])");
  const Verdict verdict = Ask(Distroless(), Of(kByAlice));
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  EXPECT_THAT(TextsOf(verdict), IsEmpty());
}

// Section 3.2. Theirs says it of attestations that the authority made; by whom those of other types are is
// not found out here, and said to be so.
TEST_F(SigstoreEvaluationConformance, OfOtherAttestationsTheTypesAreToldAndThenWhoseTheyShouldBe) {
  SetPolicy(R"("authorities": [{"name": "scan", "keyless": {$who},
                                "attestations": [{"name": "own", "predicateType": "custom"}]}])");
  EXPECT_THAT(
      TextsOf(Ask(Distroless(), Of(kVulnerabilities))),
      ElementsAre(Filled(
          "failed policy: cluster-image-policy\n$image no matching attestations with type custom, "
          "checked the following predicateTypes: "
          "\"https://cosign.sigstore.dev/attestation/vuln/v1\" (attestation keyless validation "
          "failed for authority scan for $name: 1 of another kind: it is an attestation of the "
          "type "
          "\"https://cosign.sigstore.dev/attestation/vuln/v1\", not "
          "\"https://cosign.sigstore.dev/attestation/v1\"; by whom was not looked at)")));
  // Without any, or with one of the type by somebody else, the words are others.
  EXPECT_THAT(
      TextsOf(Ask(Distroless(), Of(kNothing))),
      ElementsAre(Filled(
          "failed policy: cluster-image-policy\n$image attestation keyless validation failed "
          "for authority scan for $name: no matching attestations: no matching attestations "
          "with type custom")));
  SetPolicy(R"("authorities": [{"name": "scan", "keyless": {
                 "identities": [{"issuer": "https://i.example", "subject": "s"}]},
                 "attestations": [{"name": "own", "predicateType": "vuln"}]}])");
  EXPECT_THAT(TextsOf(Ask(Distroless(), Of(kVulnerabilities))),
              ElementsAre(AllOf(
                  HasSubstr(Filled(
                      "attestation keyless validation failed for authority scan for $name: no "
                      "matching attestations: none of the expected identities matched what was "
                      "in the certificate, got subjects [")),
                  EndsWith(" (attestation 1 of 1)\n no matching attestations with type vuln"))));
}

TEST_F(SigstoreEvaluationConformance, EveryPolicyThatSelectsMustHold) {
  AddPolicy("a", R"({"images": [{"glob": "gcr.io/**"}],
                     "authorities": [{"key": {"data": "$alice"}}, {"key": {"data": "$bob"}}]})");
  AddPolicy("b", R"({"images": [{"glob": "**"}], "authorities": [{"key": {"data": "$bob"}}]})");
  EXPECT_FALSE(Admits(Distroless(), SignedBy(alice_)));
  EXPECT_TRUE(Admits(Distroless(), SignedBy(bob_)));
  const Verdict verdict = Ask(Distroless(), SignedBy(alice_));
  EXPECT_THAT(TextsOf(verdict), ElementsAre(StartsWith("failed policy: b\n")));
  // Ours, after theirs.
  EXPECT_THAT(verdict.message, HasSubstr("NOT_SIGNED"));
  EXPECT_THAT(verdict.message, Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace countersign::policy
