#include "policy/stipulations.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/json_place.h"
#include "cosign/dsse.h"
#include "cosign/test_attestation.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/object_reader.h"
#include "policy/rules/condition_reader.h"

namespace countersign::policy {
namespace {

using cosign::Item;
using cosign::ItemPtr;
using cosign::TestImage;
using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

const absl::Time kNow = cosign::kTestSigningTime;

Condition ConditionOf(std::string_view json) {
  const auto parsed = base::ParseJson(json);
  ObjectReader reader;
  return *ReadCondition(base::JsonPlace(*parsed), {}, reader);
}

// A statement of the image, with these annotations of its subject.
std::string Statement(std::string_view annotations, const oci::Digest& image = TestImage()) {
  return absl::StrCat(
      R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1",
          "subject":[{"name":"other","digest":{"sha256":"00"},"annotations":{"branch":"other"}},
                     {"name":"app","digest":{"sha256":")",
      image.hex(), R"("},"annotations":)", annotations,
      R"(}],"predicate":{"builder":{"id":"x"},"finished":"2026-01-01T00:00:00Z"}})");
}

ItemPtr AttestationOf(std::string statement) {
  cosign::TestSigstore sigstore;
  cosign::TestSigning signing;
  signing.envelope.payload = std::move(statement);
  return *cosign::Attest(sigstore, signing).Read();
}

ItemPtr BundleOf(std::string statement) {
  cosign::TestSigstore sigstore;
  cosign::TestSigning signing;
  signing.envelope.payload = std::move(statement);
  return *cosign::BundleItem(cosign::TestBundleJson(sigstore.Sign(signing)).dump());
}

ItemPtr MessageBundle() {
  cosign::TestSigstore sigstore;
  cosign::TestSigning signing;
  signing.message = R"({"optional":{"branch":"main"}})";
  return *cosign::BundleItem(cosign::TestBundleJson(sigstore.Sign(signing)).dump());
}

ItemPtr SignatureOf(std::string payload) {
  return cosign::TestSigner(crypto::TestKey::Generate()).SignPayload(std::move(payload));
}

TEST(WhyUnmet, WhatAsksNothingAcceptsEverything) {
  const Stipulations nothing;
  EXPECT_TRUE(nothing.IsEmpty());
  EXPECT_EQ(WhyUnmet(nothing, Item(), TestImage(), kNow), std::nullopt);
  EXPECT_EQ(WhyUnmet(nothing, *SignatureOf("x"), TestImage(), kNow), std::nullopt);
}

TEST(WhyUnmet, AnnotationsAreThoseThatTheSignatureIsOver) {
  const Stipulations wanted = {.annotations = {{"branch", "main"}}};
  const std::string main = R"({"critical":{},"optional":{"branch":"main","x":1}})";
  const std::string dev = R"({"critical":{},"optional":{"branch":"dev"}})";
  EXPECT_EQ(WhyUnmet(wanted, *SignatureOf(main), TestImage(), kNow), std::nullopt);
  EXPECT_THAT(WhyUnmet(wanted, *SignatureOf(dev), TestImage(), kNow),
              Optional(Eq("its signed annotation \"branch\" is \"dev\", and must be \"main\"")));
  EXPECT_THAT(WhyUnmet(wanted, *SignatureOf("{"), TestImage(), kNow),
              Optional(HasSubstr("its signed annotations cannot be read: ")));
  for (const auto make : {AttestationOf, BundleOf}) {
    EXPECT_EQ(WhyUnmet(wanted, *make(Statement(R"({"branch":"main"})")), TestImage(), kNow),
              std::nullopt);
    // Those of another subject do not count.
    EXPECT_THAT(WhyUnmet({.annotations = {{"branch", "other"}}},
                         *make(Statement(R"({"branch":"main"})")), TestImage(), kNow),
                Optional(HasSubstr("is \"main\", and must be \"other\"")));
    EXPECT_THAT(WhyUnmet(wanted, *make(Statement("null")), TestImage(), kNow),
                Optional(HasSubstr("is absent")));
    EXPECT_THAT(WhyUnmet(wanted, *make(Statement(R"({"branch":"main"})")),
                         oci::Digest::Of("another image"), kNow),
                Optional(HasSubstr("not about this image")));
  }
  // Nothing says what the image is in the message of a bundle.
  EXPECT_THAT(WhyUnmet(wanted, *MessageBundle(), TestImage(), kNow),
              Optional(HasSubstr("is absent")));
  EXPECT_THAT(WhyUnmet(wanted, Item(), TestImage(), kNow), Optional(HasSubstr("is absent")));
}

TEST(WhyUnmet, ConditionsAreAskedOfTheStatement) {
  const Stipulations good = {
      .conditions = {ConditionOf(R"({"path":"/predicate/builder/id","equals":"x"})")}};
  const Stipulations bad = {
      .conditions = {ConditionOf(R"({"path":"/predicate/builder/id","equals":"y"})")}};
  for (const auto make : {AttestationOf, BundleOf}) {
    const ItemPtr item = make(Statement("{}"));
    EXPECT_EQ(WhyUnmet(good, *item, TestImage(), kNow), std::nullopt);
    EXPECT_THAT(WhyUnmet(bad, *item, TestImage(), kNow),
                Optional(Eq("/predicate/builder/id is \"x\", and must be \"y\"")));
  }
  for (const ItemPtr& item : {SignatureOf(Statement("{}")), MessageBundle(),
                              std::make_shared<const Item>(), cosign::UnreadAttestationItem()}) {
    EXPECT_THAT(WhyUnmet(good, *item, TestImage(), kNow),
                Optional(HasSubstr("states nothing that conditions could be asked of")));
  }
}

TEST(WhyUnmet, BothMustHoldAndThreeConditionsAreTold) {
  Stipulations all = {
      .annotations = {{"branch", "main"}},
      .conditions = {ConditionOf(R"({"path":"/predicate/builder/id","equals":"x"})")}};
  const ItemPtr item = AttestationOf(Statement(R"({"branch":"main"})"));
  EXPECT_EQ(WhyUnmet(all, *item, TestImage(), kNow), std::nullopt);
  for (int i = 0; i < 5; ++i) {
    all.conditions.push_back(
        ConditionOf(absl::StrCat(R"({"path":"/predicate/p)", i, R"(","exists":true})")));
  }
  EXPECT_THAT(
      WhyUnmet(all, *item, TestImage(), kNow),
      Optional(Eq("/predicate/p0 is absent, and must be there; /predicate/p1 is absent, and "
                  "must be there; /predicate/p2 is absent, and must be there; and 2 more "
                  "conditions do not hold")));
}

TEST(WhyUnmet, AgeIsThatOfTheRequest) {
  const Stipulations fresh = {
      .conditions = {
          ConditionOf(R"({"path":"/predicate/finished","olderThan":"1h","negate":true})")}};
  const ItemPtr item = BundleOf(Statement("{}"));
  const absl::Time finished = absl::FromUnixSeconds(1'767'225'600);
  EXPECT_EQ(WhyUnmet(fresh, *item, TestImage(), finished + absl::Hours(1)), std::nullopt);
  EXPECT_NE(WhyUnmet(fresh, *item, TestImage(), finished + absl::Hours(2)), std::nullopt);
}

TEST(Stipulations, ItsTextIsTheSameForTheSameAlone) {
  const Condition a = ConditionOf(R"({"path":"/predicate/a","equals":"x"})");
  const Condition b = ConditionOf(R"({"path":"/predicate/b","equals":"x"})");
  const std::vector<Stipulations> others = {
      {},
      {.annotations = {{"a", "b"}}},
      {.annotations = {{"ab", ""}}},
      {.annotations = {{"a", "b"}, {"c", "d"}}},
      {.conditions = {a}},
      {.conditions = {b}},
      {.conditions = {a, b}},
      {.annotations = {{"a", "b"}}, .conditions = {a}},
  };
  for (size_t i = 0; i < others.size(); ++i) {
    for (size_t j = 0; j < others.size(); ++j) {
      EXPECT_EQ(others[i].Text() == others[j].Text(), i == j) << i << " " << j;
    }
  }
}

}  // namespace
}  // namespace countersign::policy
