#include "policy/prove.h"

#include <variant>

#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::policy {
namespace {

TEST(Prove, DirectlySaysWhatIsVerified) {
  const cosign::TestSigner alice(crypto::TestKey::Generate());
  const cosign::TestSigner bob(crypto::TestKey::Generate());
  const oci::Digest image = oci::Digest::Of("the image");
  const cosign::ItemPtr item = alice.Sign(image);
  const auto by = [&](const cosign::TestSigner& signer) {
    return *ProveDirectly(*item, {image}, *cosign::KeySigner(signer.key().Public())).value();
  };
  EXPECT_TRUE(std::holds_alternative<cosign::Verified>(by(alice)));
  EXPECT_TRUE(std::holds_alternative<cosign::Refusal>(by(bob)));
}

}  // namespace
}  // namespace countersign::policy
