#include "verifier/signature_reader.h"

#include <string>
#include <vector>

#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/manifest.h"
#include "registry/fake_registry.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const oci::Repository kRepository = {"registry.example.org", "app"};
const oci::Digest kDigest = oci::Digest::Of("an image");

class SignatureReader : public testing::Test {
 protected:
  absl::StatusOr<Signatures> Fetch() {
    return FetchSignatures(&registry_, kRepository, kDigest, {}, absl::InfiniteFuture());
  }

  // Signs `count` times, and gives the manifest for changing before it is pushed.
  base::Json SignTimes(int count) {
    const std::vector<cosign::Signature> signatures(count, signer_.Sign(kDigest));
    const cosign::SignatureArtifact artifact = cosign::SignatureManifest(signatures);
    for (const std::string& blob : artifact.blobs) registry_.PutBlob(kRepository, blob);
    return base::Json::parse(artifact.manifest);
  }

  void Push(const base::Json& manifest) {
    registry_.PutManifest(kRepository, cosign::SignatureTag(kDigest), manifest.dump());
  }

  registry::FakeRegistry registry_;
  cosign::TestSigner signer_{crypto::TestKey::Generate()};
};

TEST_F(SignatureReader, NoTagIsNoSignatures) { EXPECT_THAT(Fetch(), IsOkAndHolds(IsEmpty())); }

TEST_F(SignatureReader, ReadsEachLayerAndASharedPayloadOnce) {
  Push(SignTimes(3));
  const absl::StatusOr<Signatures> signatures = Fetch();
  ASSERT_THAT(signatures, IsOkAndHolds(ElementsAre(IsOk(), IsOk(), IsOk())));
  EXPECT_EQ((*signatures)[2]->payload, cosign::TestSigner::Payload(kDigest));
  EXPECT_THAT(registry_.Calls(), SizeIs(2));
}

TEST_F(SignatureReader, ABrokenLayerDoesNotHideTheOthers) {
  base::Json manifest = SignTimes(4);
  manifest["layers"][0].erase("annotations");
  manifest["layers"][1]["digest"] = "sha256:short";
  manifest["layers"][2]["digest"] = oci::Digest::Of("a blob that nobody pushed").ToString();
  Push(manifest);
  EXPECT_THAT(Fetch(), IsOkAndHolds(ElementsAre(
                           StatusIs(absl::StatusCode::kInvalidArgument, _),
                           StatusIs(absl::StatusCode::kInvalidArgument, _),
                           StatusIs(absl::StatusCode::kNotFound, HasSubstr("payload")), IsOk())));
}

TEST_F(SignatureReader, RefusesAPayloadOfAnotherSizeThanTheManifestSays) {
  base::Json manifest = SignTimes(1);
  manifest["layers"][0]["size"] = 1;
  Push(manifest);
  EXPECT_THAT(Fetch(), IsOkAndHolds(ElementsAre(StatusIs(absl::StatusCode::kFailedPrecondition,
                                                         HasSubstr("its manifest says 1")))));
}

TEST_F(SignatureReader, DoesNotFetchAPayloadThatSaysItIsTooLarge) {
  base::Json manifest = SignTimes(1);
  manifest["layers"][0]["size"] = (1 << 20) + 1;
  Push(manifest);
  EXPECT_THAT(
      Fetch(),
      IsOkAndHolds(ElementsAre(StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("1048576")))));
  EXPECT_THAT(registry_.Calls(), SizeIs(1));
}

TEST_F(SignatureReader, BoundsAllPayloadsTogether) {
  base::Json layers = base::Json::array();
  for (int i = 0; i < 20; ++i) {
    const std::string payload(1 << 20, static_cast<char>('a' + i));
    const oci::Digest digest = registry_.PutBlob(kRepository, payload);
    layers.push_back({{"mediaType", "x"},
                      {"digest", digest.ToString()},
                      {"size", payload.size()},
                      {"annotations", {{std::string(cosign::kSignatureAnnotation), "AAAA"}}}});
  }
  Push({{"schemaVersion", 2}, {"layers", layers}});
  const absl::StatusOr<Signatures> signatures = Fetch();
  ASSERT_THAT(signatures, IsOkAndHolds(SizeIs(20)));
  EXPECT_THAT((*signatures)[15], IsOk());
  EXPECT_THAT((*signatures)[16],
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("not looked at")));
}

TEST_F(SignatureReader, AManifestThatCannotBeUnderstoodIsOneBrokenSignature) {
  registry_.PutManifest(kRepository, cosign::SignatureTag(kDigest), "[]");
  EXPECT_THAT(
      Fetch(),
      IsOkAndHolds(ElementsAre(StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(".sig")))));
}

TEST_F(SignatureReader, RefusesMoreThanAThousandSignatures) {
  base::Json manifest = SignTimes(1);
  const base::Json layer = manifest["layers"][0];
  while (manifest["layers"].size() <= cosign::kMaxSignatures) manifest["layers"].push_back(layer);
  Push(manifest);
  EXPECT_THAT(
      Fetch(),
      IsOkAndHolds(ElementsAre(StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("1001")))));
}

TEST_F(SignatureReader, ARegistryThatFailsIsNotAnImageWithoutSignatures) {
  registry_.FailWith(kRepository, absl::UnavailableError("down"));
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnavailable, _));
}

}  // namespace
}  // namespace countersign::verifier
