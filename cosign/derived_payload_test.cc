#include "cosign/derived_payload.h"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/signed_payload.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::IsOk;
using base::Json;
using ::testing::ElementsAre;
using ::testing::IsNull;
using ::testing::NotNull;

const oci::Digest kImage = oci::Digest::Of("an image");
const oci::Repository kHub = {"index.docker.io", "library/app"};
const oci::Repository kPlain = {"registry.example.org", "team/app"};

// What cosign has written (testdata/sigstore): each payload with the image's digest.
std::map<std::string, oci::Digest> MadePayloads() {
  const Json images =
      base::ParseJson(base::LoadFile("testdata/sigstore/images.json").value()).value();
  std::map<std::string, oci::Digest> payloads;
  for (const Json& image : images) {
    for (const Json& blob : image.at("blobs")) {
      const auto text = blob.get<std::string>();
      if (!ParseSignedPayload(text).ok()) continue;
      payloads.emplace(text, oci::Digest::Parse(image.at("image").get<std::string>()).value());
    }
  }
  return payloads;
}

// The repository that a payload names.
oci::Repository RepositoryIn(const std::string& payload) {
  const Json json = base::ParseJson(payload).value();
  const auto name = json.at("critical").at("identity").at("docker-reference").get<std::string>();
  return oci::ImageReference::Parse(name).value().repository();
}

TEST(DerivedPayload, IsWhatCosignHasWritten) {
  size_t derived = 0;
  std::vector<std::string> others;
  for (const auto& [payload, image] : MadePayloads()) {
    const oci::Repository repository = RepositoryIn(payload);
    const auto found = DerivedPayloads({&repository}, image).Find(oci::Digest::Of(payload));
    if (found == nullptr) {
      others.push_back(payload);
      continue;
    }
    EXPECT_EQ(found->bytes(), payload);
    ++derived;
  }
  EXPECT_GE(derived, 40u);
  // Nobody can know what somebody added.
  EXPECT_THAT(others, ElementsAre(testing::HasSubstr(R"("optional":{"environment":)")));
}

// sigstore/cosign, pkg/cosign/obsolete_test.go at d6d86c2 (Apache-2.0): of "docker.io/namespace/image".
TEST(DerivedPayload, OfDockerHubIsCosigns) {
  const auto image = oci::ImageReference::Parse(
      "docker.io/namespace/image@sha256:"
      "4aa3054270f7a70b4528f2064ee90961788e1e1518703592ae4463de3b889dec");
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(DerivePayload(DockerReferences(image->repository())[0], *image->digest()),
            R"({"critical":{"identity":{"docker-reference":"index.docker.io/namespace/image"},)"
            R"("image":{"docker-manifest-digest":)"
            R"("sha256:4aa3054270f7a70b4528f2064ee90961788e1e1518703592ae4463de3b889dec"},)"
            R"("type":"cosign container image signature"},"optional":null})");
}

TEST(DerivedPayload, IsOfEachNameThatCosignMayHaveBeenTold) {
  EXPECT_THAT(DockerReferences(kPlain),
              ElementsAre("registry.example.org/team/app", "registry.example.org:443/team/app"));
  EXPECT_THAT(DockerReferences({"registry.example.org:443", "a"}),
              ElementsAre("registry.example.org:443/a", "registry.example.org/a"));
  EXPECT_THAT(DockerReferences({"localhost:5000", "a"}), ElementsAre("localhost:5000/a"));
  EXPECT_THAT(DockerReferences({"[::1]", "a"}), ElementsAre("[::1]/a", "[::1]:443/a"));
  EXPECT_THAT(DockerReferences({"[::1]:5000", "a"}), ElementsAre("[::1]:5000/a"));
  EXPECT_THAT(
      DockerReferences(kHub),
      ElementsAre("index.docker.io/library/app", "docker.io/library/app",
                  "registry-1.docker.io/library/app", "registry.hub.docker.com/library/app"));
  EXPECT_EQ(DockerReferences({"docker.io:443", "library/app"}), DockerReferences(kHub));
}

TEST(DerivedPayload, IsFoundForAllRepositoriesThatAreNamed) {
  const DerivedPayloads payloads({&kPlain, &kHub}, kImage);
  for (const char* const name :
       {"registry.example.org/team/app", "registry.example.org:443/team/app",
        "index.docker.io/library/app", "registry-1.docker.io/library/app"}) {
    const std::string payload = DerivePayload(name, kImage);
    const std::shared_ptr<const Payload> found = payloads.Find(oci::Digest::Of(payload));
    ASSERT_THAT(found, NotNull()) << name;
    EXPECT_EQ(found->bytes(), payload);
    EXPECT_EQ(found->FindRefusal(kImage), std::nullopt);
  }
}

TEST(DerivedPayload, IsNoneOfAnotherImageOrNameOrSpelling) {
  const DerivedPayloads payloads({&kPlain}, kImage);
  const std::string right = DerivePayload("registry.example.org/team/app", kImage);
  for (const std::string& other :
       {DerivePayload("registry.example.org/team/app", oci::Digest::Of("another image")),
        DerivePayload("registry.example.org/team/app:v1", kImage),
        DerivePayload("registry.example.org/team", kImage), absl::StrCat(right, "\n"),
        Json::parse(right).dump(1), std::string()}) {
    EXPECT_THAT(payloads.Find(oci::Digest::Of(other)), IsNull()) << other;
  }
}

}  // namespace
}  // namespace countersign::cosign
