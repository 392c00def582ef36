#include "verifier/evidence/referrer_reader.h"

#include <cstddef>
#include <string>
#include <variant>

#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/bundle.h"
#include "cosign/form.h"
#include "cosign/signer.h"
#include "cosign/statement.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/verify.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/descriptor.h"
#include "registry/fake_registry.h"
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
using ::testing::IsEmpty;
using ::testing::SizeIs;

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
