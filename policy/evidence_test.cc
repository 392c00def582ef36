#include "policy/evidence.h"

#include "absl/status/status.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

TEST(Evidence, IsEmptyWhereNoPlaceHasAnything) {
  const oci::Digest image = oci::Digest::Of("the image");
  EXPECT_TRUE((Evidence{.digest = image}).IsEmpty());
  EXPECT_TRUE((Evidence{.digest = image, .by_place = {{.place = Place::kSignatureTag}}}).IsEmpty());
  EXPECT_FALSE(
      (Evidence{.digest = image, .by_place = {{}, {.items = {absl::UnavailableError("not now")}}}})
          .IsEmpty());
}

TEST(Evidence, HasTheItemsOfAllPlacesInOrder) {
  const oci::Digest image = oci::Digest::Of("the image");
  const cosign::TestSigner signer(crypto::TestKey::Generate());
  const cosign::ItemPtr a = signer.Sign(image), b = signer.Sign(image), c = signer.Sign(image);
  const Evidence evidence = {.digest = image, .by_place = {{.items = {a, b}}, {}, {.items = {c}}}};
  EXPECT_THAT(evidence.AllItems(), testing::ElementsAre(a, b, c));
}

}  // namespace
}  // namespace countersign::policy
