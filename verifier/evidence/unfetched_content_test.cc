// What need not be fetched, as its digest proves it wherever it comes from: payloads that cosign would
// have written, and what descriptors embed. One request for an image by digest, two by tag.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/json.h"
#include "base/share.h"
#include "base/status_matchers.h"
#include "base/turnstile.h"
#include "base/worker_pool.h"
#include "cosign/item.h"
#include "cosign/signature_layer.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/fake_registry.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/attestation_reader.h"
#include "verifier/evidence/image_source.h"
#include "verifier/evidence/looking.h"
#include "verifier/evidence/referrer_reader.h"
#include "verifier/evidence/signature_reader.h"
#include "verifier/evidence/test_referrers.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::Json;
using base::StatusIs;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

const oci::Repository kRepository = {"registry.example.org", "app"};
const oci::Repository kElsewhere = {"other.example.org", "signatures"};
const oci::Digest kDigest = oci::Digest::Of("an image");
constexpr std::string_view kForeignName = "first.example.org/app";

Json WithData(Json descriptor, std::string_view content) {
  descriptor["data"] = absl::Base64Escape(content);
  return descriptor;
}

Json Describe(std::string_view content, std::string_view media_type) {
  return {{"mediaType", media_type},
          {"digest", oci::Digest::Of(content).ToString()},
          {"size", content.size()}};
}

std::string ManifestOf(const std::vector<Json>& layers) {
  return Json({{"schemaVersion", 2}, {"mediaType", oci::kOciManifest}, {"layers", layers}}).dump();
}

// Nothing but manifests is in the registry, unless a test puts it there.
class UnfetchedContentTest : public testing::Test {
 protected:
  using Reader = absl::StatusOr<ReadItems> (*)(const ImageSource& source);

  absl::StatusOr<ReadItems> Read(Reader reader, const oci::Repository& repository = kRepository,
                                 const oci::Repository* image_repository = nullptr) {
    const Looking looking = {.pool = &pool_,
                             .allowance = std::make_shared<Allowance>(
                                 base::Share(), bytes_.OpenAccount(), Allowance::Limits()),
                             .deadline = absl::InfiniteFuture()};
    return reader({.registry = &registry_,
                   .repository = repository,
                   .image = kDigest,
                   .credential = {},
                   .looking = looking,
                   .turns = turns_,
                   .image_repository = image_repository});
  }
  absl::StatusOr<policy::Items> Items(Reader reader,
                                      const oci::Repository& repository = kRepository,
                                      const oci::Repository* image_repository = nullptr) {
    absl::StatusOr<ReadItems> read = Read(reader, repository, image_repository);
    if (!read.ok()) return read.status();
    return std::move(read->items);
  }

  // The layer of a signature of this payload.
  Json SignedLayer(const std::string& payload) const {
    Json layer = Describe(payload, cosign::kPayloadMediaType);
    layer["annotations"] = {{std::string(cosign::kSignatureAnnotation),
                             absl::Base64Escape(signer_.SignPayload(payload)->signature)}};
    return layer;
  }
  void PutSignatures(const std::vector<Json>& layers,
                     const oci::Repository& repository = kRepository) {
    registry_.PutManifest(repository, cosign::SignatureTag(kDigest), ManifestOf(layers));
  }

  static std::string Payload(std::string_view name) {
    return cosign::TestSigner::Payload(kDigest, name);
  }

  base::ByteBudget bytes_{{}};
  base::WorkerPool pool_{{.threads = 8}};
  base::Turnstile turns_{1};
  registry::FakeRegistry registry_;
  TestReferrers referrers_{&registry_, kRepository, kDigest};
  cosign::TestSigner signer_{crypto::TestKey::Generate()};
};

TEST_F(UnfetchedContentTest, APayloadThatCosignWouldHaveWrittenIsNot) {
  const std::string payload = Payload("registry.example.org/app");
  const std::string with_port = Payload("registry.example.org:443/app");
  PutSignatures({SignedLayer(payload), SignedLayer(payload), SignedLayer(with_port)});
  const auto items = Items(FetchSignatures);
  ASSERT_THAT(items, IsOkAndHolds(ElementsAre(IsOk(), IsOk(), IsOk())));
  EXPECT_EQ((*items->at(0))->payload->bytes(), payload);
  EXPECT_EQ((*items->at(1))->payload, (*items->at(0))->payload);
  EXPECT_EQ((*items->at(2))->payload->bytes(), with_port);
  EXPECT_THAT(registry_.Calls(), ElementsAre(EndsWith(".sig")));
}

TEST_F(UnfetchedContentTest, APayloadUnderAnotherNameIsFetchedBesideThoseThatAreNot) {
  const std::string foreign = Payload(kForeignName);
  registry_.PutBlob(kRepository, foreign);
  const std::string nowhere = Payload("second.example.org/app");
  PutSignatures({SignedLayer(foreign), SignedLayer(Payload("registry.example.org/app")),
                 SignedLayer(nowhere)});
  const auto items = Items(FetchSignatures);
  ASSERT_THAT(items,
              IsOkAndHolds(ElementsAre(IsOk(), IsOk(), StatusIs(absl::StatusCode::kNotFound, _))));
  EXPECT_EQ((*items->at(0))->payload->bytes(), foreign);
  EXPECT_THAT(registry_.Calls(),
              ElementsAre(EndsWith(".sig"), StartsWith("blob "), StartsWith("blob ")));
}

TEST_F(UnfetchedContentTest, APayloadOfASignatureThatIsKeptElsewhereNamesTheImagesRepository) {
  for (const char* const name : {"registry.example.org/app", "other.example.org/signatures"}) {
    PutSignatures({SignedLayer(Payload(name))}, kElsewhere);
    EXPECT_THAT(Items(FetchSignatures, kElsewhere, &kRepository), IsOkAndHolds(ElementsAre(IsOk())))
        << name;
  }
  EXPECT_THAT(registry_.Calls(), ElementsAre(EndsWith(".sig"), EndsWith(".sig")));
}

TEST_F(UnfetchedContentTest, APayloadOfAnotherSizeThanItsLayerSaysIsRefused) {
  Json layer = SignedLayer(Payload("registry.example.org/app"));
  const size_t size = layer["size"];
  for (const size_t said : {size - 1, size + 1}) {
    layer["size"] = said;
    PutSignatures({layer});
    EXPECT_THAT(Items(FetchSignatures), IsOkAndHolds(ElementsAre(testing::Not(IsOk())))) << said;
  }
  // What layers say of it hides it from no other layer, which may say what is true.
  Json right = layer;
  right["size"] = size;
  PutSignatures({layer, right});
  EXPECT_THAT(Items(FetchSignatures), IsOkAndHolds(ElementsAre(testing::Not(IsOk()), IsOk())));
}

TEST_F(UnfetchedContentTest, AnEmbeddedPayloadIsNot) {
  const std::string payload = Payload(kForeignName);
  const Json plain = SignedLayer(payload);
  PutSignatures({plain, WithData(plain, payload), plain});
  const auto items = Items(FetchSignatures);
  ASSERT_THAT(items, IsOkAndHolds(ElementsAre(IsOk(), IsOk(), IsOk())));
  EXPECT_EQ((*items->at(0))->payload->bytes(), payload);
  EXPECT_EQ((*items->at(2))->payload, (*items->at(0))->payload);
  EXPECT_THAT(registry_.Calls(), ElementsAre(EndsWith(".sig")));
}

TEST_F(UnfetchedContentTest, WhatIsEmbeddedAndIsNotTheContentDecidesNothing) {
  const std::string payload = Payload(kForeignName);
  const std::string other = Payload("third.example.org/app");
  ASSERT_EQ(payload.size(), other.size());
  PutSignatures({WithData(SignedLayer(payload), other)});
  EXPECT_THAT(Items(FetchSignatures),
              IsOkAndHolds(ElementsAre(StatusIs(absl::StatusCode::kNotFound, _))));
  registry_.PutBlob(kRepository, payload);
  const auto items = Items(FetchSignatures);
  ASSERT_THAT(items, IsOkAndHolds(ElementsAre(IsOk())));
  EXPECT_EQ((*items->at(0))->payload->bytes(), payload);
}

TEST_F(UnfetchedContentTest, WhatPayloadsTakeIsHeldAsWhereTheyAreFetched) {
  const std::string foreign = Payload(kForeignName);
  const std::string payload = Payload("registry.example.org/app");
  const Json plain = SignedLayer(foreign);
  const Json derived = SignedLayer(payload);
  const auto held_for = [&](const Json& layer) {
    PutSignatures({layer, derived});
    const absl::StatusOr<ReadItems> read = Read(FetchSignatures);
    EXPECT_THAT(read, IsOk());
    EXPECT_THAT(read->items, ElementsAre(IsOk(), IsOk()));
    return bytes_.held();
  };
  registry_.PutBlob(kRepository, foreign);
  const size_t when_fetched = held_for(plain);
  EXPECT_GE(when_fetched, foreign.size() + payload.size());
  EXPECT_EQ(held_for(WithData(plain, foreign)), when_fetched);
  EXPECT_EQ(bytes_.held(), 0u);
}

TEST_F(UnfetchedContentTest, EmbeddedPayloadsAreBoundedAsThoseThatAreFetched) {
  const std::string large((1 << 20) + 1, ' ');
  PutSignatures({WithData(SignedLayer(large), large)});
  EXPECT_THAT(Items(FetchSignatures),
              IsOkAndHolds(ElementsAre(StatusIs(absl::StatusCode::kAborted, HasSubstr("larger")))));
}

TEST_F(UnfetchedContentTest, AnEmbeddedAttestationIsNot) {
  const std::string envelope = TestEnvelope(signer_, kDigest, "https://slsa.dev/provenance/v1");
  const Json plain = Describe(envelope, cosign::kEnvelopeMediaType);
  registry_.PutManifest(kRepository, cosign::AttestationTag(kDigest),
                        ManifestOf({WithData(plain, envelope), WithData(plain, "{}")}));
  // What two layers say is of each alone.
  EXPECT_THAT(Items(FetchAttestations),
              IsOkAndHolds(ElementsAre(IsOk(), StatusIs(absl::StatusCode::kNotFound, _))));
  EXPECT_THAT(registry_.Calls(), ElementsAre(EndsWith(".att"), StartsWith("blob ")));
  EXPECT_EQ(bytes_.held(), 0u);
}

TEST_F(UnfetchedContentTest, AnEmbeddedBundleIsNot) {
  const std::string bundle = TestBundle(signer_, kDigest);
  referrers_.AddManifest(ManifestOf({WithData(Describe(bundle, kTestBundleType), bundle)}),
                         kTestBundleType);
  referrers_.ListByApi();
  EXPECT_THAT(Items(FetchReferrers), IsOkAndHolds(ElementsAre(IsOk())));
  EXPECT_THAT(registry_.Calls(), ElementsAre(StartsWith("referrers "), StartsWith("manifest ")));
  EXPECT_EQ(bytes_.held(), 0u);
}

TEST_F(UnfetchedContentTest, NorIsAnEmbeddedManifestWhoeverListsIt) {
  const std::string bundle = TestBundle(signer_, kDigest);
  const std::string manifest = ManifestOf({WithData(Describe(bundle, kTestBundleType), bundle)});
  Json entry = WithData(Describe(manifest, oci::kOciManifest), manifest);
  referrers_.AddEntry(entry);
  referrers_.ListByTag();
  EXPECT_THAT(Items(FetchReferrers), IsOkAndHolds(ElementsAre(IsOk())));
  EXPECT_THAT(registry_.Calls(), ElementsAre(StartsWith("referrers "), StartsWith("manifest ")));
  referrers_.ListByApi();
  EXPECT_THAT(Items(FetchReferrers), IsOkAndHolds(ElementsAre(IsOk())));
  EXPECT_THAT(registry_.Calls(), SizeIs(3));
  EXPECT_EQ(bytes_.held(), 0u);
  // Of another manifest it says nothing.
  entry["data"] = absl::Base64Escape(ManifestOf({}));
  TestReferrers others(&registry_, kRepository, kDigest);
  others.AddEntry(entry);
  others.ListByApi();
  EXPECT_THAT(Items(FetchReferrers),
              IsOkAndHolds(ElementsAre(StatusIs(absl::StatusCode::kNotFound, _))));
}

TEST_F(UnfetchedContentTest, WhatAListEmbedsIsHeldUntilItIsRead) {
  const std::string manifest =
      Json({{"schemaVersion", 2}, {"layers", Json::array()}, {"x", std::string(1 << 20, 'x')}})
          .dump();
  referrers_.AddEntry(WithData(Describe(manifest, oci::kOciManifest), manifest));
  referrers_.AddEntry(Describe("nowhere", oci::kOciManifest));
  referrers_.ListByApi(1);
  EXPECT_THAT(Items(FetchReferrers), IsOkAndHolds(SizeIs(1)));
  // While the manifest is read, with room for its copies, what the list embeds is held beside it.
  EXPECT_GE(bytes_.most_held(), 4 * manifest.size());
  EXPECT_EQ(bytes_.held(), 0u);
}

}  // namespace
}  // namespace countersign::verifier
