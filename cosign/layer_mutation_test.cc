// Whatever is changed of a layer by which cosign before bundles signs or attests (testdata/sigstore), in its
// blob or its annotations, it is refused; but for what is not looked at, where it says what it said.

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/json.h"
#include "cosign/claim.h"
#include "cosign/identity.h"
#include "cosign/item.h"
#include "cosign/layer_witnesses.h"
#include "cosign/outcome.h"
#include "cosign/payload.h"
#include "cosign/refusal.h"
#include "cosign/signature_layer.h"
#include "cosign/signer.h"
#include "cosign/test_judge.h"
#include "cosign/trusted_root.h"
#include "cosign/verify.h"
#include "crypto/public_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace countersign::cosign {
namespace {

using base::Json;

// One bit is changed in each range of so many bytes.
constexpr size_t kRange = 16;

// A layer as a manifest and a registry have it; by its name "" its blob, else an annotation.
using LayerParts = std::map<std::string, std::string>;

// One of the images, on which one piece of evidence hangs, under a tag.
Json FindImage(std::string_view name) {
  const Json images =
      base::ParseJson(base::LoadFile("testdata/sigstore/images.json").value()).value();
  for (const Json& image : images) {
    if (image.at("name").get<std::string>() == name) return image;
  }
  ADD_FAILURE() << "no image " << name;
  return {};
}

// The text that has this digest.
std::string FindText(const Json& texts, const std::string& digest) {
  for (const Json& json : texts) {
    const auto text = json.get<std::string>();
    if (oci::Digest::Of(text).ToString() == digest) return text;
  }
  ADD_FAILURE() << "no text with digest " << digest;
  return "";
}

LayerParts FindLayer(const Json& image, std::string_view tag_suffix) {
  for (const auto& [tag, digest] : image.at("tags").items()) {
    if (!absl::EndsWith(tag, tag_suffix)) continue;
    const std::string manifest = FindText(image.at("manifests"), digest.get<std::string>());
    const Json layer = Json::parse(manifest).at("layers").at(0);
    auto parts = layer.at("annotations").get<LayerParts>();
    parts[""] = FindText(image.at("blobs"), layer.at("digest").get<std::string>());
    return parts;
  }
  ADD_FAILURE() << "no tag *" << tag_suffix;
  return {};
}

// Who judges the layer: for the one who made it, and all who have seen it.
class Judge {
 public:
  explicit Judge(const Json& image)
      : claim_{.image = oci::Digest::Parse(image.at("image").get<std::string>()).value()} {
    const Json& made = image.at("evidence").at(0);
    is_attestation_ = made.at("form").get<std::string>() == "attestation_layer";
    if (is_attestation_) claim_.predicate_type = made.at("predicate_type").get<std::string>();
    const auto trust = std::make_shared<const TrustedRoot>(
        ParseTrustedRoot(base::LoadFile("testdata/sigstore/public_root.json").value()).value());
    const Witnesses witnesses = {
        .log_entries = made.at("log_entries").get<size_t>(),
        .timestamps = made.at("timestamps").get<size_t>(),
        .certificate_timestamps = made.at("certificate_timestamps").get<size_t>()};
    if (const Json* identity = base::FindMember(made, "identity")) {
      const IdentityRule rule = {.issuer = identity->at("issuer").get<std::string>(),
                                 .subject = identity->at("subject").get<std::string>()};
      signer_ = KeylessSigner(Identities::Compile({rule}).value(), witnesses, trust);
    } else {
      const std::string path =
          absl::StrCat("testdata/keys/", made.at("key").get<std::string>(), ".pub");
      signer_ = KeySigner(crypto::PublicKey::FromPem(base::LoadFile(path).value()).value(),
                          witnesses, trust);
    }
  }

  BundleVerdict operator()(const LayerParts& parts) const {
    const absl::StatusOr<ItemPtr> item = Read(parts);
    if (!item.ok()) return Refusal{Refused::kMalformed, std::string(item.status().message())};
    const Outcome outcome = Verify(**item, claim_, *signer_);
    if (const auto* const refusal = std::get_if<Refusal>(&outcome)) return *refusal;
    return std::get<Verified>(outcome).proof();
  }

 private:
  absl::StatusOr<ItemPtr> Read(const LayerParts& parts) const {
    const std::string& blob = parts.at("");
    const oci::Digest digest = oci::Digest::Of(blob);
    if (is_attestation_) return AttestationLayerItem(digest, blob, ReadLayerWitnesses(parts));
    absl::StatusOr<std::string> signature =
        SignatureBytes({.media_type = "", .digest = digest, .annotations = parts});
    if (!signature.ok()) return signature.status();
    return SignatureLayerItem(digest, Payload::Of(blob), *std::move(signature),
                              ReadLayerWitnesses(parts));
  }

  bool is_attestation_ = false;
  Claim claim_;
  SignerPtr signer_;
};

struct Case {
  std::string image;
  std::string tag_suffix;
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.image; }

class LayerMutationTest : public ::testing::TestWithParam<Case> {
 protected:
  // Whether the layer needs that part at all.
  bool IsNeeded(const std::string& name) const {
    LayerParts without = parts_;
    without.erase(name);
    if (name.empty()) without[""] = "";
    return std::holds_alternative<Refusal>(judge_(without));
  }

  const Json image_ = FindImage(GetParam().image);
  const LayerParts parts_ = FindLayer(image_, GetParam().tag_suffix);
  const Judge judge_{image_};
};

TEST_P(LayerMutationTest, WhateverIsChangedItIsRefusedOrSaysWhatItSaid) {
  const BundleVerdict good = judge_(parts_);
  ASSERT_THAT(good, Holds());
  for (const auto& [name, text] : parts_) {
    size_t refused = 0;
    size_t ranges = 0;
    for (size_t range = 0; range < text.size(); range += kRange, ++ranges) {
      const size_t at = std::min(range + ranges % kRange, text.size() - 1);
      LayerParts changed = parts_;
      changed[name][at] = static_cast<char>(text[at] ^ (1 << (ranges % 8)));
      const BundleVerdict verdict = judge_(changed);
      if (std::holds_alternative<Refusal>(verdict)) {
        ++refused;
      } else {
        EXPECT_EQ(Describe(verdict), Describe(good)) << name << " at " << at;
      }
    }
    // Of what is needed, nearly every byte, but for the certificate that a timestamp brings along: it
    // proves nothing, so that only its form is looked at.
    if (IsNeeded(name)) {
      EXPECT_GE(refused * 5, ranges * 4) << "'" << name << "'";
    } else {
      EXPECT_EQ(refused, 0u) << name;
    }
  }
}

TEST_P(LayerMutationTest, ItIsRefusedWithoutAnyWitnessThatIsAskedFor) {
  const Json& made = image_.at("evidence").at(0);
  EXPECT_TRUE(IsNeeded(""));
  EXPECT_EQ(IsNeeded(std::string(kCertificateAnnotation)), made.contains("identity"));
  EXPECT_EQ(IsNeeded(std::string(kLogEntryAnnotation)), made.at("log_entries").get<size_t>() > 0);
  EXPECT_EQ(IsNeeded(std::string(kTimestampAnnotation)), made.at("timestamps").get<size_t>() > 0);
}

INSTANTIATE_TEST_SUITE_P(OfCosign, LayerMutationTest,
                         ::testing::Values(Case{"layer-key-rekor1-tsa", ".sig"},
                                           Case{"layer-keyless-rekor1-tsa", ".sig"},
                                           Case{"att-keyless-rekor1-tsa", ".att"},
                                           Case{"att-intoto-keyless-rekor1", ".att"},
                                           Case{"att-cosign3-keyless-rekor1-tsa", ".att"}));

}  // namespace
}  // namespace countersign::cosign
