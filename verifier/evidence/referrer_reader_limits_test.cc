// How much is read of what refers to an image, and what it holds meanwhile.

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/bundle.h"
#include "cosign/form.h"
#include "cosign/item.h"
#include "cosign/layer_witnesses.h"
#include "cosign/signature_layer.h"
#include "cosign/test_sigstore.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/descriptor.h"
#include "verifier/evidence/looking.h"
#include "verifier/evidence/referrer_list.h"
#include "verifier/evidence/referrer_reader.h"
#include "verifier/evidence/referrer_reader_fixture.h"
#include "verifier/evidence/test_referrers.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::Json;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kLayerType[] = "application/vnd.dev.cosign.simplesigning.v1+json";

TEST_F(ReferrerReaderTest, MoreManifestsThanAreLookedAtLeaveTheRestUnknown) {
  for (size_t i = 0; i <= kMaxReferrers; ++i) {
    referrers_.AddBlob(absl::StrCat("junk ", i), "text/plain", "text/plain");
  }
  referrers_.AddBlob(Bundle());
  const auto items = List();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(2)));
  EXPECT_TRUE(Holds((*items)[0]));
  EXPECT_THAT((*items)[1],
              StatusIs(absl::StatusCode::kAborted, HasSubstr("more than 200 manifests")));
  EXPECT_EQ(CountCalls("manifest"), kMaxReferrers);
}

TEST_F(ReferrerReaderTest, WhatHasTooManyBytesTogetherLeavesTheRestUnknownAndRoomForSmallOnes) {
  for (int i = 0; i < 5; ++i) {
    referrers_.AddBlob(std::string(cosign::kMaxBundleBytes, static_cast<char>('a' + i)));
  }
  referrers_.AddBlob(Bundle());
  const auto items = List();
  // Three of 4 MiB fit into 16 beside the manifests.
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(5)));
  EXPECT_TRUE(Holds((*items)[3]));
  EXPECT_THAT((*items)[4],
              StatusIs(absl::StatusCode::kAborted, HasSubstr("more than 16777216 bytes together")));
  EXPECT_EQ(CountCalls("blob"), 4u);
  EXPECT_LE(bytes_.most_held(), size_t{24 << 20});
}

TEST_F(ReferrerReaderTest, SignaturesThatHaveTooManyBytesLeaveTheRestUnknown) {
  Json layers = Json::array();
  for (int i = 0; i < 17; ++i) {
    const std::string payload(1 << 20, static_cast<char>('a' + i));
    layers.push_back({{"mediaType", kLayerType},
                      {"digest", registry_.PutBlob(kRepository, payload).ToString()},
                      {"size", payload.size()},
                      {"annotations", {{std::string(cosign::kSignatureAnnotation), "AAAA"}}}});
  }
  referrers_.AddManifest(Json({{"schemaVersion", 2}, {"layers", layers}}).dump(), "");
  const auto items = List();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(17)));
  EXPECT_THAT((*items)[14], IsOk());
  EXPECT_THAT((*items)[15], StatusIs(absl::StatusCode::kAborted, HasSubstr("not looked at")));
}

TEST_F(ReferrerReaderTest, MoreThanAThousandSignaturesLeaveTheRestUnknown) {
  std::vector<cosign::ItemPtr> signatures(600, signer_.Sign(kDigest));
  referrers_.AddSignatures(signatures);
  signatures.pop_back();
  referrers_.AddSignatures(signatures);
  const auto items = List();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(cosign::kMaxSignatures + 1)));
  EXPECT_TRUE(Holds((*items)[0]));
  EXPECT_THAT(items->back(),
              StatusIs(absl::StatusCode::kAborted,
                       HasSubstr("more than 1000 signatures and attestations refer")));
}

TEST_F(ReferrerReaderTest, AttestationsThatHaveTooManyBytesLeaveTheRestUnknown) {
  referrers_.AddAttestations({std::string(7 << 20, 'a'), std::string(7 << 20, 'b'),
                              std::string(7 << 20, 'c'),
                              TestEnvelope(signer_, kDigest, kPredicateType)});
  const auto items = List();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(4)));
  EXPECT_THAT((*items)[1], StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT((*items)[2], StatusIs(absl::StatusCode::kAborted, HasSubstr("not looked at")));
  EXPECT_THAT((*items)[3], IsOk());
  EXPECT_EQ(CountCalls("blob"), 3u);
}

TEST_F(ReferrerReaderTest, SignaturesAndAttestationsAreNoMoreThanAThousandTogether) {
  referrers_.AddAttestations(
      std::vector<std::string>(600, TestEnvelope(signer_, kDigest, kPredicateType)));
  referrers_.AddSignatures(std::vector<cosign::ItemPtr>(600, signer_.Sign(kDigest)));
  const auto items = List();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(cosign::kMaxSignatures + 1)));
  EXPECT_EQ((*items)[499].value()->form, cosign::Form::kSignatureLayer);
  EXPECT_EQ((*items)[500].value()->form, cosign::Form::kAttestationLayer);
  EXPECT_THAT(items->back(), StatusIs(absl::StatusCode::kAborted));
}

TEST_F(ReferrerReaderTest, SignaturesByTheThousandDoNotHideAnAttestation) {
  referrers_.AddSignatures(
      std::vector<cosign::ItemPtr>(cosign::kMaxSignatures, signer_.Sign(kDigest)));
  referrers_.AddAttestations({TestEnvelope(signer_, kDigest, kPredicateType)});
  const auto items = List();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(cosign::kMaxSignatures + 1)));
  EXPECT_EQ((*items)[cosign::kMaxSignatures - 2].value()->form, cosign::Form::kSignatureLayer);
  ASSERT_THAT((*items)[cosign::kMaxSignatures - 1], IsOk());
  EXPECT_EQ((*items)[cosign::kMaxSignatures - 1].value()->form, cosign::Form::kAttestationLayer);
  EXPECT_THAT(items->back(), StatusIs(absl::StatusCode::kAborted));
}

TEST_F(ReferrerReaderTest, WaitsForNoRoomThatItsOwnLayersTake) {
  // Two fit beside each other once they are read, and then there is no room for the text of another.
  const Json layer = {{"mediaType", kLayerType}, {"digest", kDigest.ToString()}, {"size", 1}};
  Json layers = Json::array({layer});
  while (layers.size() <= cosign::kMaxSignatures) layers.push_back(Json::object());
  for (int i = 0; i < 6; ++i) {
    std::string manifest = Json({{"schemaVersion", 2}, {"n", i}, {"layers", layers}}).dump();
    manifest.resize(100'000, ' ');
    referrers_.AddManifest(manifest, "");
  }
  referrers_.ListByApi();
  base::ByteBudget little({.total = 4 << 20, .of_account = 1 << 20});
  std::atomic<int> asked = 0;
  const Looking looking = {.pool = &pool_,
                           .allowance = std::make_shared<Allowance>(
                               base::Share(), little.OpenAccount(), Allowance::Limits()),
                           .is_wanted = [&asked] { return ++asked < 300; },
                           .deadline = absl::InfiniteFuture()};
  const auto read = FetchReferrers({&registry_, kRepository, kDigest, {}, looking, turns_});
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(read->items, testing::Contains(StatusIs(absl::StatusCode::kResourceExhausted)));
  EXPECT_LT(asked, 300);
}

TEST_F(ReferrerReaderTest, HoldsItsLayersWhileItWaitsForRoomForWhatTheyName) {
  constexpr size_t kLayers = 50;
  const std::string certificate = cosign::TestSigstore().Keyless().certificate->Pem();
  const Json layer = {{"mediaType", kLayerType},
                      {"digest", kDigest.ToString()},
                      {"size", 1 << 20},
                      {"annotations",
                       {{std::string(cosign::kSignatureAnnotation), "AAAA"},
                        {std::string(cosign::kCertificateAnnotation), certificate}}}};
  referrers_.AddManifest(
      Json({{"schemaVersion", 2}, {"layers", std::vector<Json>(kLayers, layer)}}).dump(), "");
  referrers_.ListByApi();
  base::ByteBudget little({.total = 4 << 20, .of_account = 4 << 20});
  constexpr size_t kOfOthers = 2 << 20;
  const auto of_others = little.OpenAccount()->Hold();
  ASSERT_TRUE(of_others->Take(kOfOthers));
  std::atomic<int> asked = 0;
  std::atomic<size_t> held = 0;  // when it was asked for the last time
  const Looking looking = {.pool = &pool_,
                           .allowance = std::make_shared<Allowance>(
                               base::Share(), little.OpenAccount(), Allowance::Limits()),
                           .is_wanted =
                               [&] {
                                 held = little.held();
                                 return ++asked < 12;
                               },
                           .deadline = absl::InfiniteFuture()};
  EXPECT_THAT(FetchReferrers({&registry_, kRepository, kDigest, {}, looking, turns_}),
              StatusIs(absl::StatusCode::kCancelled));
  constexpr size_t kLeastOfCertificate = 1000;
  EXPECT_GE(held.load(), kOfOthers + kLayers * kLeastOfCertificate);
}

TEST_F(ReferrerReaderTest, HoldsWhatItReadAndGivesItBackWithIt) {
  referrers_.AddBlob(Bundle());
  referrers_.AddSignatures({signer_.Sign(kDigest)});
  referrers_.ListByApi();
  {
    const auto read = Read();
    ASSERT_THAT(read, IsOk());
    ASSERT_THAT(read->items, ElementsAre(IsOk(), IsOk()));
    size_t weight = 0;
    for (const auto& item : read->items) {
      weight += cosign::ContentOf(**item).bytes + (*item)->signature.size();
    }
    EXPECT_EQ(bytes_.held(), weight);
  }
  EXPECT_EQ(bytes_.held(), 0u);
}

TEST_F(ReferrerReaderTest, HoldsOfABundleWhatItTakesInMemory) {
  std::string subjects = "{}";
  for (int i = 0; i < 1000; ++i) subjects += ",{}";
  Json bundle = Json::parse(Bundle());
  bundle["dsseEnvelope"]["payload"] = absl::Base64Escape(
      absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":[)",
                   subjects, "]}"));
  referrers_.AddBlob(bundle.dump());
  referrers_.ListByApi();
  const auto read = Read();
  ASSERT_THAT(read, IsOk());
  ASSERT_THAT(read->items, ElementsAre(IsOk()));
  EXPECT_GT(bytes_.held(), 10 * bundle.dump().size());
  EXPECT_EQ(bytes_.held(), cosign::ContentOf(**read->items[0]).bytes);
}

TEST_F(ReferrerReaderTest, HoldsOfLayersWhatTheyTakeInMemory) {
  const Json layer = {{"mediaType", kLayerType}, {"digest", kDigest.ToString()}, {"size", 1}};
  Json layers = Json::array({layer});
  while (layers.size() <= cosign::kMaxSignatures) layers.push_back(Json::object());
  referrers_.AddManifest(Json({{"schemaVersion", 2}, {"layers", layers}}).dump(), "");
  EXPECT_THAT(List(), IsOkAndHolds(SizeIs(cosign::kMaxSignatures + 1)));
  EXPECT_GE(bytes_.most_held(), cosign::kMaxSignatures * sizeof(absl::StatusOr<oci::Descriptor>));
  EXPECT_EQ(bytes_.held(), 0u);
}

}  // namespace
}  // namespace countersign::verifier
