// What becomes of attestations that an authority of policy.sigstore.dev asks for, with what was observed
// of the Policy Controller (sigstore/policy-controller at commit f925c0c) beside it.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cosign/bundle.h"
#include "cosign/dsse.h"
#include "cosign/item.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "policy/evidence.h"
#include "policy/look_plan.h"
#include "policy/policy.h"
#include "policy/sigstore/conformance_fixture.h"
#include "policy/sigstore/evidence_fixture.h"
#include "policy/verdict.h"

namespace countersign::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::string_view kScan = "https://cosign.sigstore.dev/attestation/vuln/v1";
constexpr std::string_view kOwn = "https://example.org/own";

class SigstoreAttestationConformance : public SigstoreConformanceTest {
 protected:
  absl::StatusOr<cosign::ItemPtr> Attested(const cosign::TestSigner& by, std::string statement,
                                           Kept kept = Kept::kAttestationLayer) {
    TestEvidence evidence = {.kept = kept, .key = by.key(), .statement = std::move(statement)};
    evidence.certificates = &sigstore_;
    return MakeItem(evidence);
  }
  absl::StatusOr<cosign::ItemPtr> OfType(const cosign::TestSigner& by, std::string_view type,
                                         Kept kept = Kept::kAttestationLayer) {
    return Attested(by, cosign::WriteTestStatement(image_, type), kept);
  }
  // Of the image, with this predicate, as JSON.
  std::string StatementWith(std::string_view predicate) const {
    return absl::StrReplaceAll(cosign::WriteTestStatement(image_, kOwn),
                               {{R"("predicate":{})", absl::StrCat(R"("predicate":)", predicate)}});
  }
  void SetAttestations(std::string_view attestations) {
    SetAuthorities(absl::StrCat(R"({"name": "a", "key": {"data": "$alice"}, "attestations": [)",
                                attestations, "]}"));
  }
};

// With `enable-oci11: true` theirs takes whatever refers to the image: not who signed it, nor what it is
// about, nor whether it is signed at all.
TEST_F(SigstoreAttestationConformance, D29AForgedReferrerAttestationPassesNoAuthority) {
  SetAttestations(absl::StrCat(R"({"name": "x", "predicateType": ")", kOwn, R"("})"));
  cosign::TestSigning signing = {.key = alice_.key()};
  signing.witnesses.clear();
  signing.envelope.payload = cosign::WriteTestStatement(image_, kOwn);
  cosign::Bundle unsigned_one = sigstore_.Sign(signing);
  unsigned_one.signature = "unsigned";
  const std::string other =
      cosign::WriteTestStatement(oci::Digest::Of("another image"), std::string(kOwn));
  const struct {
    std::string_view what;
    absl::StatusOr<cosign::ItemPtr> item;
  } kForged[] = {
      {"unsigned", cosign::BundleItem(cosign::TestBundleJson(unsigned_one).dump())},
      {"by a stranger", OfType(stranger_, kOwn, Kept::kAttestationBundle)},
      {"about another image", Attested(alice_, other, Kept::kAttestationBundle)},
      {"of another type", OfType(alice_, kScan, Kept::kAttestationBundle)},
  };
  for (const std::string_view oci11 : {"false", "true"}) {
    SetSettings(absl::StrCat(R"({"enable-oci11": ")", oci11, R"("})"));
    for (const auto& row : kForged) {
      const Verdict verdict = Ask(Found({row.item}, Place::kReferrers));
      EXPECT_EQ(verdict.decision, Decision::kDeny) << row.what;
      EXPECT_THAT(TextsOf(verdict),
                  ElementsAre(HasSubstr("attestation key validation failed for authority a for")));
    }
    EXPECT_TRUE(Admits(Found({OfType(alice_, kOwn, Kept::kAttestationBundle)}, Place::kReferrers)));
  }
}

// Section 4.5.
TEST_F(SigstoreAttestationConformance, ShortNamesMeanTheTypesThatTheyMeanThere) {
  const struct {
    std::string_view name;
    std::string_view type;
  } kTypes[] = {
      {"custom", "https://cosign.sigstore.dev/attestation/v1"},
      {"slsaprovenance", "https://slsa.dev/provenance/v0.2"},
      {"slsaprovenance02", "https://slsa.dev/provenance/v0.2"},
      {"slsaprovenance1", "https://slsa.dev/provenance/v1"},
      {"spdx", "https://spdx.dev/Document"},
      {"spdxjson", "https://spdx.dev/Document"},
      {"cyclonedx", "https://cyclonedx.org/bom"},
      {"link", "https://in-toto.io/Link/v1"},
      {"vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"},
      {"openvex", "https://openvex.dev/ns"},
      // As it stands.
      {"https://example.org/own", "https://example.org/own"},
      {"https://cyclonedx.org/bom", "https://cyclonedx.org/bom"},
      {"Vuln", "Vuln"},
  };
  for (const auto& row : kTypes) {
    SetAttestations(absl::StrCat(R"({"name": "x", "predicateType": ")", row.name, R"("})"));
    EXPECT_TRUE(Admits(Found({OfType(alice_, row.type)}))) << row.name;
    EXPECT_FALSE(Admits(Found({OfType(alice_, absl::StrCat(row.type, "x"))}))) << row.name;
  }
}

// As there.
TEST_F(SigstoreAttestationConformance, TheyReplaceThePlainSignatureAndEveryOneIsWanted) {
  SetAttestations(absl::StrCat(R"({"name": "scan", "predicateType": "vuln"},
                                  {"name": "own", "predicateType": ")",
                               kOwn, R"("})"));
  EXPECT_FALSE(Admits(SignedBy(alice_)));
  EXPECT_FALSE(Admits(Found({OfType(alice_, kScan)})));
  EXPECT_FALSE(Admits(Found({OfType(alice_, kScan), OfType(bob_, kOwn)})));
  EXPECT_TRUE(Admits(Found({OfType(alice_, kScan), OfType(alice_, kOwn)})));
  // Whatever lies beside them.
  EXPECT_TRUE(Admits(Found({OfType(stranger_, kScan), OfType(alice_, kScan), OfType(bob_, kOwn),
                            OfType(alice_, kOwn), alice_.Sign(image_)})));
  // One statement in a layer and the other in a bundle.
  EXPECT_TRUE(
      Admits(Found({OfType(alice_, kScan), OfType(alice_, kOwn, Kept::kAttestationBundle)})));
  EXPECT_THAT(TextsOf(Ask(Found({OfType(alice_, kScan), OfType(alice_, "b"), OfType(bob_, "b")}))),
              ElementsAre(HasSubstr(absl::StrCat(Image(), " no matching attestations with type ",
                                                 kOwn, ", checked the following predicateTypes: \"",
                                                 kScan, ",b\" (attestation key "))));
  // A signature alone is not of an authority that asks for attestations, nor the other way round.
  SetAuthorities(R"({"name": "a", "key": {"data": "$alice"}})");
  EXPECT_FALSE(Admits(Found({OfType(alice_, kScan)})));
}

// Theirs reads numbers as doubles: …993 is …992 to it, so that each passes for the other.
TEST_F(SigstoreAttestationConformance, NumbersAreExact) {
  SetAttestations(absl::StrCat(R"({"name": "x", "predicateType": ")", kOwn, R"("})"));
  AddOptions("p", R"({"conditions": [{"authority": "a", "attestation": "x", "path": "/predicate/n",
                                      "equals": 9007199254740993}]})");
  EXPECT_TRUE(Admits(Found({Attested(alice_, StatementWith(R"({"n":9007199254740993})"))})));
  EXPECT_FALSE(Admits(Found({Attested(alice_, StatementWith(R"({"n":9007199254740992})"))})));
  EXPECT_FALSE(Admits(Found({Attested(alice_, StatementWith(R"({"n":9007199254740994})"))})));
}

// Section 5.2: CUE never fails a field that the rule names and the document lacks.
TEST_F(SigstoreAttestationConformance, WhatADocumentLacksFailsAConditionOnIt) {
  SetAttestations(absl::StrCat(R"({"name": "x", "predicateType": ")", kOwn, R"("})"));
  AddOptions("p", R"({"conditions": [{"authority": "a", "attestation": "x",
                                      "path": "/predicate/scanner/result", "equals": "clean"}]})");
  EXPECT_FALSE(Admits(Found({Attested(alice_, StatementWith("{}"))})));
  EXPECT_FALSE(Admits(Found({Attested(alice_, StatementWith(R"({"scanner":null})"))})));
  EXPECT_FALSE(
      Admits(Found({Attested(alice_, StatementWith(R"({"scanner":{"result":"dirty"}})"))})));
  EXPECT_TRUE(
      Admits(Found({Attested(alice_, StatementWith(R"({"scanner":{"result":"clean"}})"))})));
  // By whomsoever: what others state counts for nothing.
  EXPECT_FALSE(
      Admits(Found({Attested(stranger_, StatementWith(R"({"scanner":{"result":"clean"}})"))})));
}

// The project's own example (cip-requires-two-signatures-and-two-attestations.yaml): there one of the four
// authorities is enough, as the rule's other names are absent. Here a rule is never ignored, and the
// threshold says what is meant.
TEST_F(SigstoreAttestationConformance, D6OfTwoSignaturesAndTwoAttestationsOneIsNotEnough) {
  constexpr std::string_view kFour = R"(
      {"name": "keyatt", "key": {"data": "$alice"},
       "attestations": [{"name": "custom-match-predicate", "predicateType": "custom"}]},
      {"name": "keyatt2", "key": {"data": "$bob"},
       "attestations": [{"name": "vuln-match-predicate", "predicateType": "vuln"}]},
      {"name": "keysignature", "key": {"data": "$alice"}},
      {"name": "keysignature2", "key": {"data": "$bob"}})";
  const Items all = {OfType(alice_, "https://cosign.sigstore.dev/attestation/v1"),
                     OfType(bob_, kScan), alice_.Sign(image_), bob_.Sign(image_)};
  SetAuthorities(kFour)["spec"]["policy"] = Read(R"({"type": "cue", "data":
      "import \"list\"\nauthorityMatches: {keysignature2: signatures: list.MinItems(1)}"})");
  for (const Items& items : {all, Items{alice_.Sign(image_)}}) {
    const Verdict verdict = Ask(Found(items));
    EXPECT_EQ(verdict.reason, Reason::kPolicyBroken);
    EXPECT_THAT(TextsOf(verdict), ElementsAre(AllOf(StartsWith("failed policy: p\n"),
                                                    HasSubstr("are not evaluated"))));
  }
  SetAuthorities(kFour);
  AddOptions("p", R"({"threshold": 4})");
  EXPECT_FALSE(Admits(Found({alice_.Sign(image_)})));
  EXPECT_FALSE(Admits(Found({all[0], all[1], all[2]})));
  EXPECT_TRUE(Admits(Found(all)));
}

// Section 5.3. What theirs makes of these: refused; passes whatever the other elements say; crashes.
TEST_F(SigstoreAttestationConformance, D6ARegoRuleIsNeverTakenForOneThatHolds) {
  for (const std::string_view program :
       {R"(isCompliant[m] { m := \"x\" })", R"(isCompliant = \"true\")", "isCompliant = true",
        R"(isCompliant[r] { r := {\"result\": true} })", "{{{"}) {
    SetAuthorities(R"({"name": "a", "key": {"data": "$alice"}})")["spec"]["policy"] =
        Read(absl::StrCat(R"({"type": "rego", "data": "package sigstore\n)", program, R"("})"));
    EXPECT_EQ(Ask(SignedBy(alice_)).reason, Reason::kPolicyBroken) << program;
    SetAttestations(
        absl::StrCat(R"({"name": "x", "predicateType": "vuln", "policy": {"type": "rego",
        "data": "package sigstore\n)",
                     program, R"("}})"));
    EXPECT_EQ(Ask(Found({OfType(alice_, kScan)})).reason, Reason::kPolicyBroken) << program;
  }
}

}  // namespace
}  // namespace countersign::policy
