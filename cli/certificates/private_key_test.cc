#include "cli/certificates/private_key.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "base/pem_block.h"
#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::StatusIs;
using base::WritePemBlock;
using crypto::TestKey;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(PrivateKey, IsReadAsItWasWritten) {
  const PrivateKey key = *PrivateKey::Generate();
  const absl::StatusOr<PrivateKey> read = PrivateKey::FromPem(key.Pem());
  ASSERT_THAT(read, base::IsOk());
  EXPECT_EQ(read->pkcs8(), key.pkcs8());
  EXPECT_EQ(read->public_key(), key.public_key());
}

TEST(PrivateKey, EachIsAnother) {
  EXPECT_NE(PrivateKey::Generate()->public_key(), PrivateKey::Generate()->public_key());
}

TEST(PrivateKey, SaysWhatIsWrongWithoutQuotingIt) {
  const std::string pem = PrivateKey::Generate()->Pem();
  EXPECT_THAT(PrivateKey::FromPem(""), StatusIs(kInvalid, "it is empty"));
  EXPECT_THAT(PrivateKey::FromPem(TestKey::Generate().PublicPem()),
              StatusIs(kInvalid, HasSubstr("labelled PUBLIC KEY")));
  EXPECT_THAT(PrivateKey::FromPem(absl::StrReplaceAll(pem, {{" PRIVATE KEY", " EC PRIVATE KEY"}})),
              StatusIs(kInvalid, HasSubstr("openssl pkcs8")));
  EXPECT_THAT(PrivateKey::FromPem(WritePemBlock("PRIVATE KEY", "secret")),
              StatusIs(kInvalid, AllOf(HasSubstr("no private key"), Not(HasSubstr("secret")))));
  const std::string more = PrivateKey::Generate()->pkcs8() + "x";
  EXPECT_THAT(PrivateKey::FromPem(WritePemBlock("PRIVATE KEY", more)), StatusIs(kInvalid));
}

}  // namespace
}  // namespace countersign::cli
