// What an authority of policy.sigstore.dev is made of and where its evidence lies. Cases that are said to
// be the Policy Controller's are of pkg/webhook/validator_test.go and
// pkg/reconciler/clusterimagepolicy/clusterimagepolicy_test.go of
// github.com/sigstore/policy-controller at commit f925c0c (Copyright 2022 The Sigstore Authors,
// Apache-2.0): what they are called, what is in their objects, and what is said of it there.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cosign/signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/trusted_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/look_plan.h"
#include "policy/policy.h"
#include "policy/requirement.h"
#include "policy/secret_reference.h"
#include "policy/sigstore/conformance_fixture.h"
#include "policy/sigstore/evidence_fixture.h"
#include "policy/verdict.h"

namespace countersign::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class SigstoreAuthorityConformance : public SigstoreConformanceTest {
 protected:
  // Of the one policy there is.
  const Authority& Only(size_t index = 0) {
    compiled_ = Compile();
    return *compiled_.policies->all().front().authorities[index];
  }
  std::string WhyBroken(size_t index = 0) {
    const auto* const broken = std::get_if<Broken>(&Only(index).asks);
    return broken == nullptr ? "" : broken->why;
  }
  // With the identities that certificates of the tests have.
  static std::string WithIdentities(std::string_view authority) {
    return absl::StrReplaceAll(
        authority, {{"$who", absl::StrCat(R"("identities": [{"issuer": ")", cosign::kTestIssuer,
                                          R"(", "subject": ")", cosign::kTestSubject, R"("}])")}});
  }
  void SetKeyless(std::string_view identities) {
    SetAuthorities(absl::StrCat(R"({"name": "a", "keyless": {"identities": [)", identities, "]}}"));
  }
  TestEvidence Logged(Kept kept) {
    TestEvidence evidence = {.kept = kept, .seen = {.by_log = true}};
    evidence.certificates = evidence.logs = &sigstore_;
    return evidence;
  }
  CompiledSigstore compiled_;
};

// TestReconcile: where a key comes from, as far as it decides what is in force. Of a key that cannot be
// had theirs takes the whole policy out of force.
TEST_F(SigstoreAuthorityConformance, D21KeysAreThoseOfTheReconcilersCases) {
  const std::string pem = alice_.key().PublicPem();
  const struct {
    std::string_view name;
    std::string_view key;
    std::string_view ours;  // why not; "": in force, as there
  } kCases[] = {
      {"ClusterImagePolicy with glob and inline key data", R"("data": "$alice")", ""},
      {"ClusterImagePolicy with glob and KMS key", R"("kms": "gcpkms://projects/p/key")", ""},
      {"ClusterImagePolicy with glob and KMS key data, for invalid KMS key",
       R"("kms": "gcpkms://blah")", "key management services are not asked"},
      {"Key with secret, secret does not exist, no entry in configmap",
       R"("secretRef": {"name": "gone"})", "secret \"gone\" not found"},
      {"Key with secret, no data.", R"("secretRef": {"name": "empty"})",
       "secret \"empty\" contains no data"},
      {"Key with secret, multiple data entries.", R"("secretRef": {"name": "two"})",
       "secret \"two\" contains multiple data entries, only one is supported"},
      {"Key with secret, secret exists, invalid public key", R"("secretRef": {"name": "odd"})",
       "contains an invalid public key: "},
      {"Key with secret, secret exists, inlined", R"("secretRef": {"name": "good"})", ""},
  };
  inputs_.kms_keys.emplace("gcpkms://projects/p/key", pem);
  inputs_.secret_keys.emplace("gone", absl::NotFoundError("secret \"gone\" not found"));
  inputs_.secret_keys.emplace("empty",
                              absl::FailedPreconditionError("secret \"empty\" contains no data"));
  inputs_.secret_keys.emplace(
      "two", absl::FailedPreconditionError(
                 "secret \"two\" contains multiple data entries, only one is supported"));
  inputs_.secret_keys.emplace("odd", std::string("garbage"));
  inputs_.secret_keys.emplace("good", pem);
  for (const auto& row : kCases) {
    SetAuthorities(absl::StrCat(R"({"name": "a", "key": {)", row.key, "}}"));
    EXPECT_EQ(Admits(SignedBy(alice_)), row.ours.empty()) << row.name;
    EXPECT_FALSE(Admits(SignedBy(stranger_))) << row.name;
    EXPECT_THAT(WhyBroken(), HasSubstr(row.ours)) << row.name;
    EXPECT_THAT(compiled_.image_policies[0].unread_keys, SizeIs(row.ours.empty() ? 0 : 1))
        << row.name;
  }
}

// The policy goes there, and the one that is looser lets the image in.
TEST_F(SigstoreAuthorityConformance, D21ADeletedSecretLeavesAStrictPolicyInForceBesideAStaticPass) {
  AddPolicy("strict", R"({"images": [{"glob": "**"}], "authorities": [
      {"name": "a", "key": {"secretRef": {"name": "keys"}}}]})");
  AddPolicy("loose",
            R"({"images": [{"glob": "**"}], "authorities": [{"static": {"action": "pass"}}]})");
  inputs_.secret_keys.emplace("keys", alice_.key().PublicPem());
  EXPECT_TRUE(Admits(SignedBy(alice_)));
  inputs_.secret_keys.insert_or_assign("keys", absl::NotFoundError("secret \"keys\" not found"));
  const Verdict verdict = Ask(SignedBy(alice_));
  EXPECT_EQ(verdict.reason, Reason::kPolicyBroken);
  EXPECT_THAT(TextsOf(verdict), ElementsAre(AllOf(StartsWith("failed policy: strict\n"),
                                                  HasSubstr("secret \"keys\" not found"))));
  // Another authority of the same policy is not harmed.
  policies_.clear();
  SetAuthorities(R"({"name": "a", "key": {"secretRef": {"name": "keys"}}},
                    {"name": "b", "key": {"data": "$bob"}})");
  EXPECT_TRUE(Admits(SignedBy(bob_)));
  EXPECT_FALSE(Admits(SignedBy(alice_)));
}

// Rules that cannot be had, or fetched with another sum, take theirs out of force.
TEST_F(SigstoreAuthorityConformance, D21ARuleThatCannotBeHadLeavesItsPolicyInForce) {
  for (const std::string_view rule :
       {R"("configMapRef": {"name": "gone", "key": "k"})",
        R"("remote": {"url": "https://example.com/rule", "sha256sum": "00"})"}) {
    SetAuthorities(R"({"name": "a", "static": {"action": "pass"}})")["spec"]["policy"] =
        Read(absl::StrCat(R"({"type": "cue", )", rule, "}"));
    EXPECT_EQ(AskWithout(Image()).reason, Reason::kPolicyBroken) << rule;
    // Nor of an attestation, where theirs crashes.
    SetAuthorities(absl::StrCat(R"({"name": "a", "key": {"data": "$alice"}, "attestations": [
        {"name": "x", "predicateType": "custom", "policy": {"type": "cue", )",
                                rule, "}}]}"));
    EXPECT_EQ(AskWithout(Image()).reason, Reason::kPolicyBroken) << rule;
  }
}

// Theirs keeps the later of two names, and gives rules nothing of the other.
TEST_F(SigstoreAuthorityConformance, D2OfTwoAuthoritiesOfOneNameNeitherCounts) {
  SetAuthorities(
      R"({"name": "a", "key": {"data": "$alice"}}, {"name": "a", "key": {"data": "$bob"}},
                    {"name": "b", "key": {"data": "$stranger"}})");
  EXPECT_FALSE(Admits(SignedBy(alice_)));
  EXPECT_FALSE(Admits(SignedBy(bob_)));
  EXPECT_TRUE(Admits(SignedBy(stranger_)));
  // That a name is there by default does not help.
  SetAuthorities(
      R"({"key": {"data": "$alice"}}, {"name": "authority-0", "key": {"data": "$bob"}})");
  EXPECT_FALSE(Admits(SignedBy(bob_)));
}

// Theirs takes any word but `bundle` for `legacy`.
TEST_F(SigstoreAuthorityConformance, D3AnUnknownFormatOfSignaturesIsNone) {
  for (const std::string_view format : {"Bundle", "simplesigning", "legacy ", "x"}) {
    SetAuthorities(absl::StrCat(R"({"name": "a", "signatureFormat": ")", format,
                                R"(", "key": {"data": "$alice"}})"));
    EXPECT_FALSE(Admits(SignedBy(alice_))) << format;
  }
  // Ours looks in every format, whichever is named.
  TestEvidence bundle = Logged(Kept::kSignatureBundle);
  bundle.key = alice_.key();
  for (const std::string_view format : {"bundle", "legacy", ""}) {
    SetAuthorities(absl::StrCat(R"({"name": "a", "signatureFormat": ")", format,
                                R"(", "key": {"data": "$alice"}})"));
    EXPECT_TRUE(Admits(SignedBy(alice_))) << format;
    EXPECT_TRUE(Admits(Found({MakeItem(bundle)}))) << format;
  }
}

// Theirs takes the first block and ignores the second.
TEST_F(SigstoreAuthorityConformance, D4WhatWouldBeIgnoredOfAKeyIsRefused) {
  SetAuthorities(R"({"name": "a", "key": {"data": "$alice$bob"}})");
  EXPECT_FALSE(Admits(SignedBy(alice_)));
  EXPECT_FALSE(Admits(SignedBy(bob_)));
  SetAuthorities(R"({"name": "a", "key": {"secretRef": {"name": ""}}})");
  EXPECT_FALSE(Admits(SignedBy(alice_)));
  inputs_.secret_keys.emplace("", alice_.key().PublicPem());
  EXPECT_FALSE(Admits(SignedBy(alice_)));
}

// As there: it has never worked. Theirs says `no Keyless URL specified`.
TEST_F(SigstoreAuthorityConformance, D5ACaCertNeverVerifiesAnything) {
  SetAuthorities(
      WithIdentities(R"({"name": "a", "keyless": {"ca-cert": {"data": "$alice"}, $who}})"));
  EXPECT_FALSE(Admits(Found({MakeItem(Logged(Kept::kSignatureLayer))})));
  EXPECT_EQ(WhyBroken(),
            "keyless.ca-cert never verifies anything: put the certificate into a TrustRoot");
}

// TestCheckOptsFromAuthority: what is asked of signatures.
TEST_F(SigstoreAuthorityConformance, WhatCheckOptsFromAuthoritySaysIsAskedHere) {
  cosign::TrustedRoot root = own_.trusted();
  root.timestamp_authorities.clear();
  AddRoot("combined", root);
  root.certificate_authorities.clear();
  root.certificate_logs.clear();
  AddRoot("rekor", root);
  root = own_.trusted();
  root.logs.clear();
  root.timestamp_authorities.clear();
  AddRoot("fulcio", root);
  const struct {
    std::string_view name;
    std::string_view members;
    std::string_view theirs;
    std::string_view broken;  // ours; "": as follows
    size_t log_entries = 0;
    size_t scts = 0;
  } kCases[] = {
      {"no trustroots, uses embedded",
       R"("keyless": {"url": "https://fulcio.sigstore.dev", $who},
          "ctlog": {"url": "https://rekor.sigstore.dev"})",
       "an entry, an SCT", "", 1, 1},
      {"SigstoreKeys does not exist for Rekor",
       R"("key": {"data": "$alice"},
          "ctlog": {"url": "https://rekor.example.com", "trustRootRef": "not-there"})",
       "getting Rekor public keys: test-authority: fetching keys for trustRootRef: trustRootRef "
       "not-there not found",
       "trustRootRef not-there not found"},
      {"SigstoreKeys does not exist for Fulcio",
       R"("keyless": {"url": "https://fulcio.example.com", "trustRootRef": "not-there", $who})",
       "getting Fulcio certs: test-authority: trustRootRef not-there not found",
       "trustRootRef not-there not found"},
      {"trustroot found, Rekor",
       R"("key": {"data": "$alice"},
          "ctlog": {"url": "https://rekor.example.com", "trustRootRef": "rekor"})",
       "an entry", "", 1, 0},
      // D28
      {"trustroot found, Fulcio",
       R"("keyless": {"url": "https://fulcio.example.com", "trustRootRef": "fulcio", $who})",
       "an SCT, no entry, at now",
       "the TrustRoot \"fulcio\" has no transparency log and no timestamp authority"},
      {"trustroot found, combined, with Identities",
       R"("ctlog": {"url": "https://rekor.example.com", "trustRootRef": "rekor"},
          "keyless": {"url": "https://rekor.example.com", "trustRootRef": "combined", $who})",
       "an entry, an SCT", "", 1, 1},
      {"bundle format, with Identities and Rekor",
       R"("signatureFormat": "bundle",
          "ctlog": {"url": "https://rekor.example.com", "trustRootRef": "combined"},
          "keyless": {"trustRootRef": "combined", $who})",
       "an entry, an SCT", "", 1, 1},
      {"bundle format, with TSA",
       R"("signatureFormat": "bundle", "rfc3161timestamp": {"trustRootRef": "combined"},
          "keyless": {"trustRootRef": "combined", $who})",
       "a timestamp, which nobody can make by that root",
       "the TrustRoot \"combined\" has no timestamp authority"},
      {"bundle format, bad TrustRootRef",
       R"("signatureFormat": "bundle", "keyless": {"trustRootRef": "not-there", $who})",
       "trustRootRef not-there not found", "trustRootRef not-there not found"},
      {"bundle format, unsupported different trustroots",
       R"("signatureFormat": "bundle", "ctlog": {"trustRootRef": "rekor"},
          "keyless": {"trustRootRef": "combined", $who})",
       "when using the new bundle format, the trustRootRef for the TLog must be the same as the "
       "trustRootRef for the Keyless authority",
       "", 1, 1},
      {"bundle format, unsupported non-keyless",
       R"("signatureFormat": "bundle", "key": {"data": "$alice"})",
       "when using the new bundle format, the authority must be keyless", "", 0, 0},
  };
  for (const auto& row : kCases) {
    SetAuthorities(
        WithIdentities(absl::StrCat(R"({"name": "test-authority", )", row.members, "}")));
    const Authority& authority = Only();
    if (!row.broken.empty()) {
      EXPECT_THAT(WhyBroken(), StartsWith(row.broken)) << row.name << ": " << row.theirs;
      continue;
    }
    ASSERT_TRUE(authority.IsUsable()) << row.name;
    const cosign::Witnesses& asked = std::get<cosign::SignerPtr>(authority.asks)->witnesses;
    EXPECT_EQ(asked.log_entries, row.log_entries) << row.name << ": " << row.theirs;
    EXPECT_EQ(asked.certificate_timestamps, row.scts) << row.name << ": " << row.theirs;
    EXPECT_EQ(asked.timestamps, 0u) << row.name;
  }
}

// Section 4.2. Their bundles take one identity only.
TEST_F(SigstoreAuthorityConformance, OfIdentitiesAnyHoldsInEveryFormat) {
  const std::string issuer(cosign::kTestIssuer);
  const std::string other = R"({"issuer": "https://other.example.org", "subject": "somebody"})";
  const struct {
    std::string identities;
    bool holds;
  } kCases[] = {
      {other, false},
      {absl::StrCat(other, R"(, {"issuer": ")", issuer, R"(", "subject": ")", cosign::kTestSubject,
                    R"("})"),
       true},
      // Of one entry both must hold.
      {absl::StrCat(R"({"issuer": ")", issuer, R"(", "subject": "somebody"},)",
                    R"({"issuer": "https://other.example.org", "subject": ")", cosign::kTestSubject,
                    R"("})"),
       false},
      // Expressions are not anchored, there and here; at apply there is a warning.
      {R"({"issuerRegExp": "accounts", "subjectRegExp": "workflow"})", true},
      {R"({"issuerRegExp": "^accounts", "subjectRegExp": "workflow"})", false},
      {R"({"issuerRegExp": ".*", "subjectRegExp": "@main$"})", true},
  };
  for (const auto& row : kCases) {
    SetKeyless(row.identities);
    for (const Kept kept : {Kept::kSignatureLayer, Kept::kSignatureBundle}) {
      EXPECT_EQ(Admits(Found({MakeItem(Logged(kept))})), row.holds) << row.identities;
    }
  }
  // An authority without any is nobody's word; validation refuses it.
  SetAuthorities(R"({"name": "a", "keyless": {}})");
  EXPECT_FALSE(Admits(Found({MakeItem(Logged(Kept::kSignatureLayer))})));
}

// Section 4.4, and "Key with data, source, and signature pull secrets", "Key with data, source, no oci
// but signature pull secrets" of TestReconcile.
TEST_F(SigstoreAuthorityConformance, D30EvidenceLiesWhereTheSourceSays) {
  const struct {
    std::string_view source;
    std::string_view repository;  // "": beside the image
    std::string_view prefix;
    std::string_view theirs;
  } kCases[] = {
      {R"({"oci": "example.com/alternative/signature"})", "example.com/alternative/signature", "",
       "the same"},
      {R"({"oci": "ghcr.io"})", "ghcr.io/team/app", "", "index.docker.io/library/ghcr.io"},
      {R"({"oci": "127.0.0.1:5005"})", "127.0.0.1:5005/team/app", "",
       "its compiled copies cannot be read any more: no later policy takes effect"},
      {R"({"oci": "r.io"})", "", "", "index.docker.io/library/r.io"},
      {R"({"oci": "r.io/team/app"})", "", "", "the same"},
      {R"({"oci": "example.com/sigs", "tagPrefix": "v1-"})", "example.com/sigs", "v1-", "the same"},
      {R"({"tagPrefix": "v1-"})", "", "v1-", "the same"},
      {R"({"signaturePullSecrets": [{"name": "s"}]})", "", "", "the same"},
  };
  const std::string image = absl::StrCat("r.io/team/app@", image_.ToString());
  for (const auto& row : kCases) {
    SetAuthorities(
        absl::StrCat(R"({"name": "a", "key": {"data": "$alice"}, "source": [)", row.source, "]}"));
    // The policy beside it.
    AddPolicy("z", R"({"images": [{"glob": "**/later"}],
                       "authorities": [{"static": {"action": "fail"}}]})");
    const PoliciesPtr in_force = Compile().policies;
    const Requirement requirement =
        RequirementFor(in_force, Included(), oci::ImageReference::Parse(image).value());
    ASSERT_THAT(requirement.plan.stages, ::testing::Not(IsEmpty())) << row.source;
    const Place& place = requirement.plan.stages[0][0];
    const bool is_elsewhere = place.source != nullptr && place.source->repository.has_value();
    EXPECT_EQ(is_elsewhere ? place.source->repository->ToString() : "", row.repository)
        << row.source << " theirs: " << row.theirs;
    EXPECT_EQ(place.tag_prefix(), row.prefix) << row.source;
    EXPECT_TRUE(Admits(image, Found({alice_.Sign(image_)}, place))) << row.source;
    if (place.source != nullptr) {
      EXPECT_FALSE(Admits(image, SignedBy(alice_))) << row.source;
    }
    EXPECT_EQ(
        Ask("r.io/x/later@" + image_.ToString(), Found({alice_.Sign(image_)}, place)).decision,
        Decision::kDeny);
  }
}

// There, too, Secrets are the workload's; a missing one is skipped. Ours tries them first, and then what
// else there is (verifier/credentials).
TEST_F(SigstoreAuthorityConformance, PullSecretsOfASourceAreInTheWorkloadsNamespace) {
  SetAuthorities(R"({"name": "a", "key": {"data": "$alice"}, "source": [{"oci": "example.com/sigs",
      "signaturePullSecrets": [{"name": "first"}, {"name": "second"}]}]})");
  const PoliciesPtr in_force = Compile().policies;
  const Requirement requirement =
      RequirementFor(in_force, Included(), oci::ImageReference::Parse(Image()).value());
  EXPECT_THAT(requirement.Secrets(),
              ElementsAre(SecretReference{"shop", "first"}, SecretReference{"shop", "second"}));
}

TEST_F(SigstoreAuthorityConformance, MoreThanOneSourceIsNone) {
  SetAuthorities(R"({"name": "a", "key": {"data": "$alice"},
                     "source": [{"oci": "example.com/a"}, {"oci": "example.com/b"}]})");
  EXPECT_FALSE(Admits(SignedBy(alice_)));
  EXPECT_EQ(WhyBroken(), "only one source is supported");
}

}  // namespace
}  // namespace countersign::policy
