#include "verifier/evidence/referrer_reader.h"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/bundle.h"
#include "cosign/form.h"
#include "cosign/layer_witnesses.h"
#include "cosign/signature_layer.h"
#include "cosign/signer.h"
#include "cosign/statement.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/verify.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/descriptor.h"
#include "oci/index.h"
#include "registry/fake_registry.h"
#include "verifier/evidence/referrer_list.h"
#include "verifier/evidence/test_referrers.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::Json;
using base::StatusIs;
using ::testing::_;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kPredicateType[] = "https://slsa.dev/provenance/v1";
constexpr char kLayerType[] = "application/vnd.dev.cosign.simplesigning.v1+json";
const oci::Repository kRepository = {"registry.example.org", "app"};
const oci::Digest kDigest = oci::Digest::Of("an image");

class ReferrerReaderTest : public testing::Test {
 protected:
  absl::StatusOr<ReadItems> Read(std::function<bool()> is_wanted = nullptr) {
    const Looking looking = {.pool = &pool_,
                             .allowance = std::make_shared<Allowance>(
                                 base::Share(), bytes_.OpenAccount(), Allowance::Limits()),
                             .is_wanted = std::move(is_wanted),
                             .deadline = absl::InfiniteFuture(),
                             .wants_attestations = wants_attestations_};
    return FetchReferrers({&registry_, kRepository, kDigest, {}, looking, turns_});
  }
  absl::StatusOr<policy::Items> Fetch() {
    absl::StatusOr<ReadItems> read = Read();
    if (!read.ok()) return read.status();
    return std::move(read->items);
  }
  absl::StatusOr<policy::Items> List() {
    referrers_.ListByApi();
    return Fetch();
  }

  bool Holds(const absl::StatusOr<cosign::ItemPtr>& item) const {
    if (!item.ok()) return false;
    return std::holds_alternative<cosign::Verified>(
        cosign::Verify(**item, {.image = kDigest}, *cosign::KeySigner(signer_.key().Public())));
  }

  std::string Bundle() const { return TestBundle(signer_, kDigest); }
  // Of another key each time.
  std::string StrangersBundle() const {
    return TestBundle(cosign::TestSigner(crypto::TestKey::Generate()), kDigest);
  }

  size_t CountCalls(std::string_view kind) const {
    size_t count = 0;
    for (const std::string& call : registry_.Calls()) count += absl::StartsWith(call, kind) ? 1 : 0;
    return count;
  }

  bool wants_attestations_ = true;
  base::ByteBudget bytes_{{}};
  base::WorkerPool pool_{{.threads = 8}};
  base::Turnstile turns_{1};
  registry::FakeRegistry registry_;
  TestReferrers referrers_{&registry_, kRepository, kDigest};
  cosign::TestSigner signer_{crypto::TestKey::Generate()};
};

TEST_F(ReferrerReaderTest, NothingIsNoSignatures) { EXPECT_THAT(Fetch(), IsOkAndHolds(IsEmpty())); }

TEST_F(ReferrerReaderTest, ABundleIsReadFromTheListAndFromTheTag) {
  referrers_.AddBlob(Bundle());
  referrers_.ListByTag();
  for (const char* const place : {"tag", "list"}) {
    const auto items = Fetch();
    ASSERT_THAT(items, IsOkAndHolds(ElementsAre(IsOk()))) << place;
    EXPECT_TRUE(Holds((*items)[0])) << place;
    referrers_.ListByApi();
  }
}

TEST_F(ReferrerReaderTest, WhatTheIndexSaysOfTypesDecidesNothing) {
  for (const std::string type :
       {"", "application/vnd.oci.empty.v1+json", "application/spdx+json", kTestBundleType}) {
    referrers_.AddBlob(StrangersBundle(), kTestBundleType, type);
  }
  referrers_.AddBlob("an SBOM", "application/spdx+json", kTestBundleType);
  EXPECT_THAT(List(), IsOkAndHolds(ElementsAre(IsOk(), IsOk(), IsOk(), IsOk())));
}

TEST_F(ReferrerReaderTest, SignatureLayersAreReadAsThoseOfTheTag) {
  referrers_.AddSignatures({signer_.Sign(kDigest), signer_.Sign(kDigest)});
  const auto items = List();
  ASSERT_THAT(items, IsOkAndHolds(ElementsAre(IsOk(), IsOk())));
  EXPECT_TRUE(Holds((*items)[0]));
  EXPECT_EQ((*items)[0].value()->payload, (*items)[1].value()->payload);
  EXPECT_EQ(CountCalls("blob"), 0u);
}

TEST_F(ReferrerReaderTest, WhatIsSomebodyElsesCostsItsManifestAlone) {
  referrers_.AddBlob(std::string(5 << 20, 's'), "application/spdx+json", "application/spdx+json");
  referrers_.AddManifest(R"({"schemaVersion":2,"layers":[]})", "application/x");
  Json index = {{"mediaType", oci::kOciIndex}, {"digest", kDigest.ToString()}, {"size", 10}};
  referrers_.AddEntry(index);
  EXPECT_THAT(List(), IsOkAndHolds(IsEmpty()));
  EXPECT_EQ(CountCalls("manifest"), 2u);
  EXPECT_EQ(CountCalls("blob"), 0u);
}

TEST_F(ReferrerReaderTest, WhatIsBrokenHidesNothing) {
  const oci::Digest absent = oci::Digest::Of("a manifest that nobody pushed");
  referrers_.AddEntry({{"mediaType", oci::kOciManifest},
                       {"digest", absent.ToString()},
                       {"size", 10},
                       {"artifactType", kTestBundleType}});
  referrers_.AddManifest("no JSON", kTestBundleType);
  referrers_.AddBlob("no bundle");
  const std::string corrupt = StrangersBundle();
  referrers_.AddBlob(corrupt);
  registry_.CorruptBlob(kRepository, oci::Digest::Of(corrupt));
  referrers_.AddBlob(Bundle());
  const auto items = List();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(5)));
  // Bundles first, in their order.
  EXPECT_THAT((*items)[0], StatusIs(absl::StatusCode::kInvalidArgument,
                                    HasSubstr(oci::Digest::Of("no bundle").ToString())));
  EXPECT_THAT((*items)[1], StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(Holds((*items)[2]));
  EXPECT_THAT((*items)[3],
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("manifest " + absent.ToString())));
  EXPECT_THAT((*items)[4], StatusIs(absl::StatusCode::kInvalidArgument,
                                    HasSubstr(oci::Digest::Of("no JSON").ToString())));
}

TEST_F(ReferrerReaderTest, ABundleIsOneLayer) {
  const std::string bundle = Bundle();
  registry_.PutBlob(kRepository, bundle);
  const Json layer = {{"mediaType", kTestBundleType},
                      {"digest", oci::Digest::Of(bundle).ToString()},
                      {"size", bundle.size()}};
  const Json manifest = {{"schemaVersion", 2}, {"layers", Json::array({layer, layer})}};
  referrers_.AddManifest(manifest.dump(), kTestBundleType);
  EXPECT_THAT(List(), IsOkAndHolds(ElementsAre(
                          StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("2 layers")))));
  EXPECT_EQ(CountCalls("blob"), 0u);
}

TEST_F(ReferrerReaderTest, ABundleHasTheSizeThatItsManifestSays) {
  const std::string bundle = Bundle();
  registry_.PutBlob(kRepository, bundle);
  for (const size_t size : {bundle.size() + 1, bundle.size() - 1, cosign::kMaxBundleBytes + 1}) {
    const Json layer = {{"mediaType", kTestBundleType},
                        {"digest", oci::Digest::Of(bundle).ToString()},
                        {"size", size}};
    TestReferrers referrers(&registry_, kRepository, kDigest);
    referrers.AddManifest(Json({{"schemaVersion", 2}, {"layers", Json::array({layer})}}).dump(),
                          kTestBundleType);
    referrers.ListByApi();
    EXPECT_THAT(Fetch(), IsOkAndHolds(ElementsAre(testing::Not(IsOk())))) << size;
  }
  // Of what says that it is too large, nothing is asked for.
  EXPECT_EQ(CountCalls("blob"), 2u);
}

TEST_F(ReferrerReaderTest, AManifestIsNoLargerThanTheIndexSays) {
  const oci::Digest digest = registry_.PutManifest(kRepository, "", std::string(1000, ' '));
  for (const size_t size : {size_t{999}, oci::kMaxManifestBytes + 1}) {
    TestReferrers referrers(&registry_, kRepository, kDigest);
    referrers.AddEntry(
        {{"mediaType", oci::kOciManifest}, {"digest", digest.ToString()}, {"size", size}});
    referrers.ListByApi();
    EXPECT_THAT(Fetch(), IsOkAndHolds(ElementsAre(testing::Not(IsOk())))) << size;
  }
  EXPECT_EQ(CountCalls("manifest"), 1u);
}

TEST_F(ReferrerReaderTest, TheSameBundleIsReadOnce) {
  const std::string bundle = Bundle();
  for (int i = 0; i < 3; ++i) {
    const Json layer = {{"mediaType", kTestBundleType},
                        {"digest", registry_.PutBlob(kRepository, bundle).ToString()},
                        {"size", bundle.size()}};
    referrers_.AddManifest(
        Json({{"schemaVersion", 2}, {"layers", Json::array({layer})}, {"annotations", {{"n", i}}}})
            .dump(),
        kTestBundleType);
  }
  EXPECT_THAT(List(), IsOkAndHolds(ElementsAre(IsOk())));
  EXPECT_EQ(CountCalls("blob"), 1u);
}

TEST_F(ReferrerReaderTest, WhoSaysAWrongSizeOfABundleDoesNotHideIt) {
  const std::string bundle = Bundle();
  const std::string digest = registry_.PutBlob(kRepository, bundle).ToString();
  for (const size_t size : {bundle.size() - 1, bundle.size()}) {
    const Json layer = {{"mediaType", kTestBundleType}, {"digest", digest}, {"size", size}};
    referrers_.AddManifest(Json({{"schemaVersion", 2}, {"layers", Json::array({layer})}}).dump(),
                           kTestBundleType);
  }
  const auto items = List();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(2)));
  EXPECT_THAT((*items)[0], testing::Not(IsOk()));
  EXPECT_TRUE(Holds((*items)[1]));
}

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

TEST_F(ReferrerReaderTest, AttestationLayersAreReadAsThoseOfTheTag) {
  referrers_.AddAttestations({TestEnvelope(signer_, kDigest, kPredicateType), "no envelope"});
  referrers_.AddSignatures({signer_.Sign(kDigest)});
  referrers_.AddBlob(Bundle());
  const auto items = List();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(4)));
  // The bundle and the signature come first.
  EXPECT_TRUE(Holds((*items)[0]));
  EXPECT_TRUE(Holds((*items)[1]));
  ASSERT_THAT((*items)[2], IsOk());
  EXPECT_EQ((*items)[2].value()->form, cosign::Form::kAttestationLayer);
  EXPECT_TRUE(std::holds_alternative<cosign::Verified>(
      cosign::Verify(**(*items)[2], {.image = kDigest, .predicate_type = kPredicateType},
                     *cosign::KeySigner(signer_.key().Public()))));
  EXPECT_THAT((*items)[3], StatusIs(absl::StatusCode::kInvalidArgument,
                                    HasSubstr(oci::Digest::Of("no envelope").ToString())));
}

TEST_F(ReferrerReaderTest, WhereOnlySignaturesAreAskedForNoAttestationLayerIsRead) {
  referrers_.AddAttestations({TestEnvelope(signer_, kDigest, kPredicateType), "no envelope"});
  referrers_.AddAttestations({TestEnvelope(signer_, kDigest, cosign::kSignaturePredicateType)});
  referrers_.AddBlob(Bundle());
  referrers_.AddSignatures({signer_.Sign(kDigest)});
  wants_attestations_ = false;
  const auto items = List();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(5)));
  EXPECT_TRUE(Holds((*items)[0]));
  EXPECT_TRUE(Holds((*items)[1]));
  for (const size_t i : {2, 3, 4}) {
    EXPECT_EQ((*items)[i].value()->form, cosign::Form::kUnreadAttestation);
  }
  EXPECT_EQ(CountCalls("blob"), 1u);
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

TEST_F(ReferrerReaderTest, ABrokenLayerDoesNotHideTheOthers) {
  const cosign::SignatureArtifact artifact =
      cosign::SignatureManifest({signer_.Sign(kDigest), signer_.Sign(kDigest)});
  for (const std::string& blob : artifact.blobs) registry_.PutBlob(kRepository, blob);
  Json manifest = Json::parse(artifact.manifest);
  manifest["layers"][0].erase("annotations");
  referrers_.AddManifest(manifest.dump(), "");
  const auto items = List();
  ASSERT_THAT(items, IsOkAndHolds(ElementsAre(testing::Not(IsOk()), IsOk())));
  EXPECT_TRUE(Holds((*items)[1]));
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

TEST_F(ReferrerReaderTest, ReadsNothingMoreOnceNobodyWaits) {
  referrers_.AddBlob(Bundle());
  referrers_.ListByApi();
  int asked = 0;
  EXPECT_THAT(Read([&asked] { return ++asked <= 2; }), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(CountCalls("blob"), 0u);
  EXPECT_EQ(bytes_.held(), 0u);
}

TEST_F(ReferrerReaderTest, ARegistryThatFailsIsNotAnImageWithoutReferrers) {
  registry_.FailWith(kRepository, absl::UnavailableError("down"));
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace countersign::verifier
