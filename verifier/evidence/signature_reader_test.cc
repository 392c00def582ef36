#include "verifier/evidence/signature_reader.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/bundle.h"
#include "cosign/item.h"
#include "cosign/layer_witnesses.h"
#include "cosign/signature_layer.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
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
const std::string kPayload = cosign::TestSigner::Payload(kDigest, "first.example.org/app");

class SignatureReader : public testing::Test {
 protected:
  absl::StatusOr<policy::Items> Fetch() {
    absl::StatusOr<ReadItems> read = Read();
    if (!read.ok()) return read.status();
    return std::move(read->items);
  }

  absl::StatusOr<ReadItems> Read(absl::Time deadline = absl::InfiniteFuture()) {
    const Looking looking = {.pool = &pool_,
                             .allowance = std::make_shared<Allowance>(
                                 base::Share(), bytes_.OpenAccount(), Allowance::Limits()),
                             .deadline = deadline};
    return FetchSignatures({&registry_, kRepository, kDigest, {}, looking, reading_});
  }

  // Signs `count` times, and gives the manifest for changing before it is pushed. The payload has to be
  // fetched: it names the repository otherwise than it is called here.
  base::Json SignTimes(int count) {
    const std::vector<cosign::ItemPtr> signatures(count, signer_.SignPayload(kPayload));
    const cosign::SignatureArtifact artifact = cosign::SignatureManifest(signatures);
    for (const std::string& blob : artifact.blobs) registry_.PutBlob(kRepository, blob);
    return base::Json::parse(artifact.manifest);
  }

  void Push(const base::Json& manifest) {
    registry_.PutManifest(kRepository, cosign::SignatureTag(kDigest), manifest.dump());
  }

  base::ByteBudget bytes_{{}};
  base::WorkerPool pool_{{.threads = 8}};
  base::Turnstile reading_{1};
  registry::FakeRegistry registry_;
  cosign::TestSigner signer_{crypto::TestKey::Generate()};
};

TEST_F(SignatureReader, NoTagIsNoSignatures) { EXPECT_THAT(Fetch(), IsOkAndHolds(IsEmpty())); }

TEST_F(SignatureReader, ReadsEachLayerAndASharedPayloadOnce) {
  Push(SignTimes(3));
  const absl::StatusOr<policy::Items> signatures = Fetch();
  ASSERT_THAT(signatures, IsOkAndHolds(ElementsAre(IsOk(), IsOk(), IsOk())));
  EXPECT_EQ((*signatures->at(2))->payload->bytes(), kPayload);
  EXPECT_EQ((*signatures->at(2))->payload, (*signatures->at(0))->payload);
  EXPECT_THAT(registry_.Calls(), SizeIs(2));
}

// So that it is checked once (proof_memory.h); with other witnesses it is something else.
TEST_F(SignatureReader, LayersThatAreTheSameHaveOneId) {
  base::Json manifest = SignTimes(3);
  manifest["layers"][2]["annotations"][std::string(cosign::kCertificateAnnotation)] = "no PEM";
  Push(manifest);
  const absl::StatusOr<policy::Items> signatures = Fetch();
  ASSERT_THAT(signatures, IsOkAndHolds(ElementsAre(IsOk(), IsOk(), IsOk())));
  EXPECT_EQ((*signatures->at(0))->id, (*signatures->at(1))->id);
  EXPECT_NE((*signatures->at(0))->id, (*signatures->at(2))->id);
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
  base::Json manifest = SignTimes(2);
  const int size = manifest["layers"][0]["size"];
  manifest["layers"][0]["size"] = size + 1;
  Push(manifest);
  // The other layer names the same blob, and says how large it is.
  EXPECT_THAT(Fetch(), IsOkAndHolds(ElementsAre(
                           StatusIs(absl::StatusCode::kFailedPrecondition,
                                    HasSubstr(absl::StrCat("its manifest says ", size + 1))),
                           IsOk())));
  // No more is read than was said.
  manifest["layers"][0]["size"] = 1;
  manifest["layers"][1]["size"] = 2;
  Push(manifest);
  EXPECT_THAT(Fetch(), IsOkAndHolds(ElementsAre(testing::Not(IsOk()), testing::Not(IsOk()))));
}

TEST_F(SignatureReader, DoesNotFetchAPayloadThatSaysItIsTooLarge) {
  base::Json manifest = SignTimes(1);
  manifest["layers"][0]["size"] = (1 << 20) + 1;
  Push(manifest);
  EXPECT_THAT(
      Fetch(),
      IsOkAndHolds(ElementsAre(StatusIs(absl::StatusCode::kAborted, HasSubstr("1048576")))));
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
  const absl::StatusOr<policy::Items> signatures = Fetch();
  ASSERT_THAT(signatures, IsOkAndHolds(SizeIs(20)));
  EXPECT_THAT((*signatures)[15], IsOk());
  EXPECT_THAT((*signatures)[16], StatusIs(absl::StatusCode::kAborted, HasSubstr("not looked at")));
}

TEST_F(SignatureReader, AThousandLayersThatNameOnePayloadHoldItOnce) {
  const std::string payload(1 << 20, 'x');
  const oci::Digest digest = registry_.PutBlob(kRepository, payload);
  base::Json layers = base::Json::array();
  for (size_t i = 0; i < cosign::kMaxSignatures; ++i) {
    layers.push_back({{"mediaType", "x"},
                      {"digest", digest.ToString()},
                      {"size", payload.size()},
                      {"annotations", {{std::string(cosign::kSignatureAnnotation), "AAAA"}}}});
  }
  const std::string manifest = base::Json({{"schemaVersion", 2}, {"layers", layers}}).dump();
  registry_.PutManifest(kRepository, cosign::SignatureTag(kDigest), manifest);
  const absl::StatusOr<ReadItems> read = Read();
  ASSERT_THAT(read, IsOk());
  ASSERT_THAT(read->items, SizeIs(cosign::kMaxSignatures));
  EXPECT_EQ((*read->items[999])->payload, (*read->items[0])->payload);
  EXPECT_THAT(registry_.Calls(), SizeIs(2));
  EXPECT_EQ(bytes_.held(), payload.size() + 3 * cosign::kMaxSignatures);
  EXPECT_LT(bytes_.most_held(), payload.size() + 3 * manifest.size());
}

TEST_F(SignatureReader, AnItemHasWhatItsLayerSaysOfWhoSignedAndWhoHasSeenThat) {
  cosign::TestSigstore sigstore;
  cosign::TestSigning signing = sigstore.Keyless();
  signing.message = cosign::TestSigner::Payload(kDigest);
  const cosign::Bundle signed_by_identity = sigstore.Sign(signing);
  base::Json manifest = SignTimes(1);
  base::Json& annotations = manifest["layers"][0]["annotations"];
  for (const auto& [name, value] : cosign::TestLayerAnnotations(signed_by_identity)) {
    annotations[name] = value;
  }
  Push(manifest);
  const absl::StatusOr<ReadItems> read = Read();
  ASSERT_THAT(read, IsOk());
  ASSERT_THAT(read->items, ElementsAre(IsOk()));
  const cosign::Item& item = **read->items[0];
  ASSERT_THAT(item.witnesses, IsOk());
  ASSERT_NE(*item.witnesses, nullptr);
  EXPECT_TRUE((*item.witnesses)->certificate.has_value());
  EXPECT_THAT((*item.witnesses)->entries, SizeIs(1));
  EXPECT_EQ(bytes_.held(), cosign::ContentOf(item).bytes + cosign::OwnBytes(item));
  EXPECT_GT(cosign::OwnBytes(item), item.signature.size() + 1000);
}

TEST_F(SignatureReader, ThatWitnessesCannotBeReadIsInTheItemThatHoldsByItsKey) {
  base::Json manifest = SignTimes(1);
  manifest["layers"][0]["annotations"][std::string(cosign::kCertificateAnnotation)] = "no PEM";
  Push(manifest);
  const absl::StatusOr<policy::Items> signatures = Fetch();
  ASSERT_THAT(signatures, IsOkAndHolds(ElementsAre(IsOk())));
  EXPECT_THAT((*signatures->at(0))->witnesses,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr(std::string(cosign::kCertificateAnnotation))));
}

TEST_F(SignatureReader, WhatAPusherPutsAroundASignatureIsNotKeptWithIt) {
  base::Json manifest = SignTimes(1);
  base::Json& annotation =
      manifest["layers"][0]["annotations"][std::string(cosign::kSignatureAnnotation)];
  annotation = annotation.get<std::string>() + std::string(1 << 20, '\n');
  Push(manifest);
  const absl::StatusOr<ReadItems> read = Read();
  ASSERT_THAT(read, IsOk());
  ASSERT_THAT(read->items, ElementsAre(IsOk()));
  const cosign::Item& item = **read->items[0];
  EXPECT_LE(item.signature.capacity(), 2 * item.signature.size());
  EXPECT_EQ(bytes_.held(), item.signature.size() + item.payload->bytes().size());
}

TEST_F(SignatureReader, GivesBackWhatItHeldWithTheSignatures) {
  Push(SignTimes(3));
  {
    const absl::StatusOr<ReadItems> read = Read();
    ASSERT_THAT(read, IsOk());
    EXPECT_GT(bytes_.held(), 0u);
  }
  EXPECT_EQ(bytes_.held(), 0u);
}

TEST_F(SignatureReader, WhatItReadCountsAsKeptByTheLook) {
  Push(SignTimes(3));
  const Looking looking = {.pool = &pool_,
                           .allowance = std::make_shared<Allowance>(
                               base::Share(), bytes_.OpenAccount(), Allowance::Limits()),
                           .deadline = absl::InfiniteFuture()};
  {
    const auto read = FetchSignatures({&registry_, kRepository, kDigest, {}, looking, reading_});
    ASSERT_THAT(read, IsOk());
    EXPECT_GT(bytes_.held(), 0u);
    EXPECT_EQ(*looking.kept, bytes_.held());
  }
  EXPECT_EQ(*looking.kept, 0u);
}

TEST_F(SignatureReader, WhatHasNoRoomIsNotReadAndMayBeAnotherTime) {
  Push(SignTimes(3));
  const std::shared_ptr<base::HeldBytes> other = bytes_.OpenAccount()->Hold();
  const std::shared_ptr<base::HeldBytes> others = bytes_.OpenAccount()->Hold();
  ASSERT_THAT(other->Reserve(24 << 20, absl::InfiniteFuture()), IsOk());
  ASSERT_THAT(others->Reserve(24 << 20, absl::InfiniteFuture()), IsOk());
  // What is ordinary has room beside those who took all they may.
  EXPECT_THAT(Fetch(), IsOkAndHolds(SizeIs(3)));
  base::Json layers = base::Json::array();
  for (int i = 0; i < 2; ++i) {
    const std::string blob(1 << 20, static_cast<char>('a' + i));
    layers.push_back({{"mediaType", "x"},
                      {"digest", registry_.PutBlob(kRepository, blob).ToString()},
                      {"size", blob.size()},
                      {"annotations", {{std::string(cosign::kSignatureAnnotation), "AAAA"}}}});
  }
  Push({{"schemaVersion", 2}, {"layers", layers}});
  EXPECT_THAT(Read(base::In(absl::Milliseconds(1))).status(),
              StatusIs(absl::StatusCode::kResourceExhausted, _));
  EXPECT_EQ(bytes_.held(), size_t{48 << 20});
}

TEST_F(SignatureReader, ReadsNothingMoreOnceNobodyWaits) {
  Push(SignTimes(3));
  int asked = 0;
  Looking looking = {.pool = &pool_,
                     .allowance = std::make_shared<Allowance>(base::Share(), bytes_.OpenAccount(),
                                                              Allowance::Limits()),
                     .is_wanted = [&asked] { return ++asked <= 1; },
                     .deadline = absl::InfiniteFuture()};
  // The manifest is read, and its payloads are not asked for; without them it says nothing.
  EXPECT_THAT(FetchSignatures({&registry_, kRepository, kDigest, {}, looking, reading_}).status(),
              StatusIs(absl::StatusCode::kCancelled, _));
  EXPECT_THAT(registry_.Calls(), SizeIs(1));
  // Nor is the manifest.
  looking.is_wanted = [] { return false; };
  EXPECT_THAT(FetchSignatures({&registry_, kRepository, kDigest, {}, looking, reading_}).status(),
              StatusIs(absl::StatusCode::kCancelled, _));
}

TEST_F(SignatureReader, ManifestsAreReadInTurns) {
  Push(SignTimes(3));
  const auto look = [this](const std::string& caller, std::string& order) {
    const Looking looking = {
        .pool = &pool_,
        .allowance = std::make_shared<Allowance>(base::Share{.caller = caller},
                                                 bytes_.OpenAccount(), Allowance::Limits()),
        // Asked when its turn has come, by whoever leaves: one after another.
        .is_wanted =
            [&order, caller, asked = std::make_shared<std::atomic<bool>>(false)] {
              if (!asked->exchange(true)) order += caller;
              return true;
            },
        .deadline = absl::InfiniteFuture()};
    EXPECT_THAT(FetchSignatures({&registry_, kRepository, kDigest, {}, looking, reading_}), IsOk());
  };
  std::string order;
  std::vector<std::thread> threads;
  {
    // Somebody else reads: nothing is read before he has left.
    const auto place = reading_.Enter({}, nullptr, absl::InfiniteFuture());
    ASSERT_THAT(place, IsOk());
    for (const char* const caller : {"g", "g", "g", "i"}) {
      const size_t before = threads.size();
      threads.emplace_back(look, caller, std::ref(order));
      EXPECT_TRUE(base::Eventually([&] { return reading_.waiting() == before + 1; }));
    }
    EXPECT_EQ(order, "");
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(order, "gigg");
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
  EXPECT_THAT(Fetch(), IsOkAndHolds(ElementsAre(StatusIs(absl::StatusCode::kAborted,
                                                         HasSubstr("more than 1000 layers")))));
}

TEST_F(SignatureReader, ARegistryThatFailsIsNotAnImageWithoutSignatures) {
  registry_.FailWith(kRepository, absl::UnavailableError("down"));
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnavailable, _));
}

}  // namespace
}  // namespace countersign::verifier
