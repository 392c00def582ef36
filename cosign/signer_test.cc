#include "cosign/signer.h"

#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using crypto::PublicKey;
using crypto::TestKey;

TEST(KeySigner, HasTheIdOfItsKey) {
  const TestKey key = TestKey::Generate();
  EXPECT_EQ(KeySigner(key.Public())->id, KeySigner(key.Public())->id);
  EXPECT_NE(KeySigner(key.Public())->id, KeySigner(TestKey::Generate().Public())->id);
  // However it was written.
  const PublicKey commented = PublicKey::FromPem("of alice:\n" + key.PublicPem()).value();
  EXPECT_EQ(KeySigner(commented)->id, KeySigner(key.Public())->id);
}

}  // namespace
}  // namespace countersign::cosign
