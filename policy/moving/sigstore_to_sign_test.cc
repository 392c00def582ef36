#include "policy/moving/sigstore_to_sign.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "crypto/public_key.h"
#include "crypto/sha256.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::Json;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

constexpr size_t kSteps = 10'000'000;

Json Policy(const std::string& name, const std::string& glob, Json authority) {
  return {{"apiVersion", "policy.sigstore.dev/v1beta1"},
          {"kind", "ClusterImagePolicy"},
          {"metadata", {{"name", name}}},
          {"spec",
           {{"images", std::vector<Json>{{{"glob", glob}}}},
            {"authorities", std::vector<Json>{std::move(authority)}}}}};
}

Json Key() { return {{"key", {{"data", crypto::TestKey::Generate().PublicPem()}}}}; }

Json Keyless() {
  return {{"keyless", {{"identities", std::vector<Json>{{{"issuer", "i"}, {"subject", "s"}}}}}}};
}

Json Options(const std::string& name, Json spec) {
  return {{"apiVersion", "policy.countersign.dev/v1alpha1"},
          {"kind", "PolicyOptions"},
          {"metadata", {{"name", name}}},
          {"spec", std::move(spec)}};
}

absl::StatusOr<Translation> Move(const std::vector<Json>& objects,
                                 OnOverlap on_overlap = OnOverlap::kStricter) {
  StepBudget steps(kSteps);
  return SigstoreToSign(objects, on_overlap, steps);
}

Json Images(const Translation& made) {
  return made.objects.front()["spec"]["verification"]["images"];
}

bool IsDenied(const Translation& made, const std::string& pattern) {
  const Json images = Images(made);
  return std::any_of(images.begin(), images.end(), [&pattern](const Json& image) {
    return image["namePattern"] == pattern &&
           image["keys"] == Json::parse(R"([{"name":"nobody"}])");
  });
}

TEST(SigstoreToSign, NobodysKeyIsTheHashOfASentence) {
  const auto made = Move({Policy("a", "ghcr.io/a", {{"static", {{"action", "fail"}}}})});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(IsDenied(*made, "ghcr.io/a"));
  const std::string pem = made->objects.front()["spec"]["verification"]["keys"][0]["publicKey"];
  EXPECT_TRUE(crypto::PublicKey::FromPem(pem).ok());
  std::string der;
  ASSERT_TRUE(absl::Base64Unescape(
      absl::StrReplaceAll(
          pem, {{"-----BEGIN PUBLIC KEY-----", ""}, {"-----END PUBLIC KEY-----", ""}, {"\n", ""}}),
      &der));
  const auto digest = crypto::Sha256("Countersign: a key that nobody has 0");
  // SubjectPublicKeyInfo of P-256 ends in an uncompressed point: 04, x, y.
  EXPECT_EQ(der.substr(der.size() - 65, 33),
            absl::StrCat("\x04", std::string(digest.begin(), digest.end())));
}

TEST(SigstoreToSign, WhatCannotBeSaidDenies) {
  const auto made = Move({Policy("ky", "ghcr.io/**", Keyless()),
                          Policy("k", "quay.io/**", Key()),
                          {{"kind", "ConfigMap"},
                           {"metadata", {{"name", "config-policy-controller"}}},
                           {"data", {{"no-match-policy", "allow"}}}}});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(IsDenied(*made, "ghcr.io/*"));
  EXPECT_FALSE(IsDenied(*made, "quay.io/*"));
  EXPECT_THAT(made->differences,
              Contains(Field(&Divergence::sentence,
                             HasSubstr("/spec/authorities/0/keyless: has no place in a policy of "
                                       "Sign"))));
  EXPECT_THAT(made->differences,
              Contains(Field(&Divergence::sentence, HasSubstr("\"ky\": its images are denied"))));
}

TEST(SigstoreToSign, OfWhatOverlapsWithWhatCannotBeSaidOneIsNotEnough) {
  const std::vector<Json> objects = {Policy("ky", "ghcr.io/shop/**", Keyless()),
                                     Policy("k", "ghcr.io/**", Key())};
  EXPECT_EQ(Move(objects).status().code(), absl::StatusCode::kFailedPrecondition);
  const auto looser = Move(objects, OnOverlap::kLooser);
  ASSERT_TRUE(looser.ok()) << looser.status();
  EXPECT_EQ(Images(*looser).size(), 1u);
  EXPECT_THAT(looser->differences,
              Contains(Field(&Divergence::witness, HasSubstr("ghcr.io/shop/"))));
}

TEST(SigstoreToSign, OptionsThatSignLacksAreNotMissed) {
  for (const Json& spec : {Json({{"threshold", 2}}), Json({{"group", 1}})}) {
    const auto made = Move({Options("k", spec), Policy("k", "quay.io/**", Key())});
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_TRUE(IsDenied(*made, "quay.io/*")) << spec;
  }
  const Json pass = {{"static", {{"action", "pass"}}}};
  EXPECT_TRUE(Images(*Move({Policy("k", "quay.io/**", pass)})).empty());
  EXPECT_TRUE(IsDenied(*Move({Policy("k", "quay.io/**", pass), Options("k", {{"threshold", 2}})}),
                       "quay.io/*"));
}

TEST(SigstoreToSign, WhatOnlyWarnsIsLeftOut) {
  Json policy = Policy("k", "quay.io/**", Keyless());
  policy["spec"]["mode"] = "warn";
  EXPECT_TRUE(Images(*Move({policy})).empty());
}

}  // namespace
}  // namespace countersign::policy
