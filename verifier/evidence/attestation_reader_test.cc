#include "verifier/evidence/attestation_reader.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/json.h"
#include "base/share.h"
#include "base/status_matchers.h"
#include "base/turnstile.h"
#include "base/worker_pool.h"
#include "cosign/claim.h"
#include "cosign/form.h"
#include "cosign/item.h"
#include "cosign/layer_witnesses.h"
#include "cosign/outcome.h"
#include "cosign/signature_layer.h"
#include "cosign/signed_envelope.h"
#include "cosign/signer.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/verify.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/fake_registry.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/test_referrers.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::Json;
using base::StatusIs;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kType[] = "https://slsa.dev/provenance/v1";
const oci::Repository kRepository = {"registry.example.org", "app"};
const oci::Digest kDigest = oci::Digest::Of("an image");
const registry::Credential kAnonymous = {};

class AttestationReaderTest : public testing::Test {
 protected:
  absl::StatusOr<ReadItems> Read(std::function<bool()> is_wanted = nullptr) {
    const Looking looking = {.pool = &pool_,
                             .allowance = std::make_shared<Allowance>(
                                 base::Share(), bytes_.OpenAccount(), Allowance::Limits()),
                             .is_wanted = std::move(is_wanted),
                             .deadline = absl::InfiniteFuture()};
    return FetchAttestations({&registry_, kRepository, kDigest, kAnonymous, looking, turns_});
  }
  absl::StatusOr<policy::Items> Fetch() {
    absl::StatusOr<ReadItems> read = Read();
    if (!read.ok()) return read.status();
    return std::move(read->items);
  }

  std::string Envelope() const { return TestEnvelope(signer_, kDigest, kType); }
  // The manifest of these envelopes, for changing before it is pushed.
  Json Manifest(const std::vector<std::string>& envelopes) {
    return Json::parse(PushEnvelopes(registry_, kRepository, envelopes));
  }
  void Push(const Json& manifest) {
    registry_.PutManifest(kRepository, cosign::AttestationTag(kDigest), manifest.dump());
  }

  bool Holds(const absl::StatusOr<cosign::ItemPtr>& item) const {
    if (!item.ok()) return false;
    const cosign::Claim claim = {.image = kDigest, .predicate_type = kType};
    return std::holds_alternative<cosign::Verified>(
        cosign::Verify(**item, claim, *cosign::KeySigner(signer_.key().Public())));
  }
  size_t CountBlobs() const {
    size_t count = 0;
    for (const std::string& call : registry_.Calls()) {
      count += absl::StartsWith(call, "blob") ? 1 : 0;
    }
    return count;
  }

  base::ByteBudget bytes_{{}};
  base::WorkerPool pool_{{.threads = 8}};
  base::Turnstile turns_{1};
  registry::FakeRegistry registry_;
  cosign::TestSigner signer_{crypto::TestKey::Generate()};
};

TEST_F(AttestationReaderTest, NoTagIsNone) {
  EXPECT_THAT(Fetch(), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(registry_.Calls(), ElementsAre(HasSubstr(".att")));
}

TEST_F(AttestationReaderTest, ReadsEachLayerWhateverItsMediaType) {
  Json manifest = Manifest({Envelope(), Envelope()});
  manifest["layers"][0]["mediaType"] = "text/plain";
  Push(manifest);
  const auto items = Fetch();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(2)));
  for (const auto& item : *items) {
    EXPECT_TRUE(Holds(item));
    EXPECT_EQ((*item)->form, cosign::Form::kAttestationLayer);
  }
}

TEST_F(AttestationReaderTest, ABrokenLayerDoesNotHideTheOthers) {
  const std::string corrupt = TestEnvelope(signer_, kDigest, "another type");
  Json manifest = Manifest({Envelope(), Envelope(), corrupt, "no envelope", Envelope()});
  manifest["layers"][0]["digest"] = "sha256:short";
  manifest["layers"][1]["digest"] = oci::Digest::Of("a blob that nobody pushed").ToString();
  registry_.CorruptBlob(kRepository, oci::Digest::Of(corrupt));
  Push(manifest);
  const auto items = Fetch();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(5)));
  EXPECT_THAT((*items)[0], StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT((*items)[1], StatusIs(absl::StatusCode::kNotFound, HasSubstr("the attestation ")));
  EXPECT_THAT((*items)[2], StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT((*items)[3], StatusIs(absl::StatusCode::kInvalidArgument,
                                    HasSubstr(oci::Digest::Of("no envelope").ToString())));
  EXPECT_TRUE(Holds((*items)[4]));
}

TEST_F(AttestationReaderTest, AnEnvelopeHasTheSizeThatItsManifestSays) {
  for (const int difference : {1, -1}) {
    Json manifest = Manifest({Envelope()});
    const int64_t size = manifest["layers"][0]["size"];
    manifest["layers"][0]["size"] = size + difference;
    Push(manifest);
    EXPECT_THAT(Fetch(), IsOkAndHolds(ElementsAre(Not(IsOk())))) << difference;
  }
}

TEST_F(AttestationReaderTest, ThatWitnessesCannotBeReadIsInTheItem) {
  Json manifest = Manifest({Envelope()});
  manifest["layers"][0]["annotations"][std::string(cosign::kLogEntryAnnotation)] = "no JSON";
  Push(manifest);
  const auto items = Fetch();
  ASSERT_THAT(items, IsOkAndHolds(ElementsAre(IsOk())));
  EXPECT_THAT((*items->at(0))->witnesses, StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(AttestationReaderTest, ALargeEnvelopeIsUnknownAndNotAskedFor) {
  Json manifest = Manifest({Envelope(), Envelope()});
  manifest["layers"][0]["size"] = cosign::kMaxEnvelopeBytes + 1;
  Push(manifest);
  const auto items = Fetch();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(2)));
  EXPECT_THAT((*items)[0], StatusIs(absl::StatusCode::kAborted, HasSubstr("8388608")));
  EXPECT_TRUE(Holds((*items)[1]));
  EXPECT_EQ(CountBlobs(), 1u);
}

TEST_F(AttestationReaderTest, BoundsAllEnvelopesTogetherAndReadsSmallOnesStill) {
  Push(Manifest({std::string(6 << 20, 'a'), std::string(6 << 20, 'b'), std::string(6 << 20, 'c'),
                 Envelope()}));
  const auto items = Fetch();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(4)));
  EXPECT_THAT((*items)[1], StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT((*items)[2],
              StatusIs(absl::StatusCode::kAborted, HasSubstr("more than 16777216 bytes together")));
  EXPECT_TRUE(Holds((*items)[3]));
  EXPECT_EQ(CountBlobs(), 3u);
  EXPECT_LE(bytes_.most_held(), size_t{24 << 20});
}

TEST_F(AttestationReaderTest, OfLayersThatNameOneBlobEachCounts) {
  const std::string blob(6 << 20, 'a');
  Push(Manifest({blob, blob, blob}));
  const auto items = Fetch();
  ASSERT_THAT(items, IsOkAndHolds(SizeIs(3)));
  EXPECT_THAT((*items)[2], StatusIs(absl::StatusCode::kAborted));
}

// So that it is checked once (proof_memory.h); with other witnesses it is something else.
TEST_F(AttestationReaderTest, LayersThatAreTheSameAreReadForEachAndHaveOneId) {
  const std::string envelope = Envelope();
  Json manifest = Manifest({envelope, envelope, envelope});
  manifest["layers"][2]["annotations"][std::string(cosign::kLogEntryAnnotation)] = "no JSON";
  Push(manifest);
  const auto items = Fetch();
  ASSERT_THAT(items, IsOkAndHolds(ElementsAre(IsOk(), IsOk(), IsOk())));
  EXPECT_EQ((*items->at(0))->id, (*items->at(1))->id);
  EXPECT_NE((*items->at(0))->id, (*items->at(2))->id);
  EXPECT_EQ(CountBlobs(), 3u);
}

TEST_F(AttestationReaderTest, HoldsWhatItReadAndGivesItBackWithIt) {
  Push(Manifest({Envelope(), "no envelope", Envelope()}));
  {
    const auto read = Read();
    ASSERT_THAT(read, IsOk());
    ASSERT_THAT(read->items, ElementsAre(IsOk(), Not(IsOk()), IsOk()));
    size_t weight = 0;
    for (const size_t i : {0, 2}) {
      const cosign::Item& item = **read->items[i];
      weight += cosign::ContentOf(item).bytes + cosign::OwnBytes(item);
    }
    EXPECT_EQ(bytes_.held(), weight);
  }
  EXPECT_EQ(bytes_.held(), 0u);
}

TEST_F(AttestationReaderTest, WaitsForNoRoomThatItsOwnLayersTake) {
  // There is room for the text of each, but not beside what all of them say of who signed.
  const std::string certificate = cosign::TestSigstore().Keyless().certificate->Pem();
  const Json layer = {
      {"mediaType", "text/plain"},
      {"digest", kDigest.ToString()},
      {"size", 300'000},
      {"annotations", {{std::string(cosign::kCertificateAnnotation), certificate}}}};
  Push({{"schemaVersion", 2}, {"layers", std::vector<Json>(50, layer)}});
  base::ByteBudget little({.total = 4 << 20, .of_account = 1 << 20});
  std::atomic<int> asked = 0;
  const Looking looking = {.pool = &pool_,
                           .allowance = std::make_shared<Allowance>(
                               base::Share(), little.OpenAccount(), Allowance::Limits()),
                           .is_wanted = [&asked] { return ++asked < 300; },
                           .deadline = absl::InfiniteFuture()};
  const auto read =
      FetchAttestations({&registry_, kRepository, kDigest, kAnonymous, looking, turns_});
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(read->items, AllOf(SizeIs(50), Each(StatusIs(absl::StatusCode::kResourceExhausted))));
  EXPECT_LT(asked, 300);
  EXPECT_EQ(little.held(), 0u);
}

TEST_F(AttestationReaderTest, AManifestThatCannotBeUnderstoodIsOneBrokenAttestation) {
  registry_.PutManifest(kRepository, cosign::AttestationTag(kDigest), "no manifest");
  EXPECT_THAT(
      Fetch(),
      IsOkAndHolds(ElementsAre(StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(".att")))));
}

TEST_F(AttestationReaderTest, MoreThanAThousandAreUnknown) {
  Json manifest = Manifest({Envelope()});
  const Json layer = manifest["layers"][0];
  while (manifest["layers"].size() <= cosign::kMaxSignatures) manifest["layers"].push_back(layer);
  Push(manifest);
  EXPECT_THAT(Fetch(), IsOkAndHolds(ElementsAre(StatusIs(absl::StatusCode::kAborted,
                                                         HasSubstr("more than 1000 layers")))));
  EXPECT_EQ(CountBlobs(), 0u);
}

TEST_F(AttestationReaderTest, ReadsNothingMoreOnceNobodyWaits) {
  Push(Manifest({Envelope()}));
  int asked = 0;
  EXPECT_THAT(Read([&asked] { return ++asked <= 1; }), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(CountBlobs(), 0u);
  EXPECT_EQ(bytes_.held(), 0u);
}

TEST_F(AttestationReaderTest, ARegistryThatFailsIsNotAnImageWithoutAttestations) {
  registry_.FailWith(kRepository, absl::UnavailableError("down"));
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace countersign::verifier
