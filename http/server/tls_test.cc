#include "http/server/tls.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/test_authority.h"
#include "http/test_mounted_secret.h"

namespace countersign::http {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::HasSubstr;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

void Copy(const std::string& from, const std::string& to) {
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
}

class TlsIdentityTest : public testing::Test {
 protected:
  TlsIdentityTest()
      : one_(authority_.Issue()),
        two_(authority_.Issue()),
        cert_(authority_.directory() + "/served.pem"),
        key_(authority_.directory() + "/served.key") {
    Copy(one_.cert_file, cert_);
    Copy(one_.key_file, key_);
  }

  TestAuthority authority_;
  const TestAuthority::KeyPair one_;
  const TestAuthority::KeyPair two_;
  const std::string cert_;
  const std::string key_;
};

TEST_F(TlsIdentityTest, FilesThatCannotServeAreRefusedByName) {
  const std::string junk = authority_.directory() + "/junk";
  std::ofstream(junk) << "junk";
  const std::string empty = authority_.directory() + "/empty";
  std::ofstream(empty) << "";
  const std::string absent = authority_.directory() + "/absent";
  const std::string locked = authority_.directory() + "/locked";
  ASSERT_EQ(std::system(absl::StrCat("openssl ec -aes128 -passout pass:x -in ", key_, " -out ",
                                     locked, " 2>/dev/null")
                            .c_str()),
            0);

  EXPECT_THAT(TlsIdentity::Load(absent, key_), StatusIs(kInvalid, HasSubstr(absent)));
  EXPECT_THAT(TlsIdentity::Load(cert_, absent), StatusIs(kInvalid, HasSubstr(absent)));
  EXPECT_THAT(TlsIdentity::Load(empty, empty),
              StatusIs(kInvalid, absl::StrCat("TLS certificate: ", empty,
                                              " holds no PEM certificate, or a broken one")));
  EXPECT_THAT(TlsIdentity::Load(key_, key_),
              StatusIs(kInvalid, HasSubstr("holds no PEM certificate")));
  for (const std::string& key : {junk, empty, cert_, locked}) {
    EXPECT_THAT(TlsIdentity::Load(cert_, key),
                StatusIs(kInvalid, absl::StrCat("TLS key: ", key,
                                                " holds no PEM private key without a password")));
  }
  EXPECT_THAT(TlsIdentity::Load(cert_, two_.key_file),
              StatusIs(kInvalid, absl::StrCat("TLS key: ", two_.key_file,
                                              " does not belong to the certificate in ", cert_)));
}

TEST_F(TlsIdentityTest, UnchangedFilesKeepTheContext) {
  const std::unique_ptr<TlsIdentity> identity = *TlsIdentity::Load(cert_, key_);
  const auto before = identity->Current();
  EXPECT_NE(before, nullptr);
  EXPECT_THAT(identity->Reload(), IsOk());
  EXPECT_EQ(identity->Current(), before);
}

TEST_F(TlsIdentityTest, ChangedFilesGiveANewContext) {
  const std::unique_ptr<TlsIdentity> identity = *TlsIdentity::Load(cert_, key_);
  const auto before = identity->Current();
  Copy(two_.cert_file, cert_);
  Copy(two_.key_file, key_);
  EXPECT_THAT(identity->Reload(), IsOk());
  EXPECT_NE(identity->Current(), before);
}

TEST_F(TlsIdentityTest, AChangeThatIsNoGoodIsToldOnceAndTheOldContextStays) {
  const std::unique_ptr<TlsIdentity> identity = *TlsIdentity::Load(cert_, key_);
  const auto before = identity->Current();
  const TlsIdentity::Pem pem = identity->CurrentPem();
  Copy(two_.cert_file, cert_);
  EXPECT_THAT(identity->Reload(), StatusIs(kInvalid, HasSubstr("does not belong")));
  EXPECT_TRUE(identity->CurrentPem() == pem);
  EXPECT_THAT(identity->Reload(), IsOk());
  std::filesystem::remove(key_);
  EXPECT_THAT(identity->Reload(), StatusIs(kInvalid, HasSubstr(key_)));
  EXPECT_THAT(identity->Reload(), IsOk());
  EXPECT_EQ(identity->Current(), before);

  Copy(two_.key_file, key_);
  EXPECT_THAT(identity->Reload(), IsOk());
  EXPECT_NE(identity->Current(), before);
}

TEST_F(TlsIdentityTest, ADirectoryThatIsSwappedBehindTheFilesIsTaken) {
  TestMountedSecret secret(authority_.directory() + "/mount");
  const auto write = [&](const TestAuthority::KeyPair& pair) {
    secret.Write(base::LoadFile(pair.cert_file).value(), base::LoadFile(pair.key_file).value(), "");
  };
  write(one_);
  const auto identity = *TlsIdentity::Load(secret.File("tls.crt"), secret.File("tls.key"));
  const auto before = identity->Current();
  const TlsIdentity::Pem pem = identity->CurrentPem();
  write(two_);
  EXPECT_THAT(identity->Reload(), IsOk());
  EXPECT_NE(identity->Current(), before);
  EXPECT_FALSE(identity->CurrentPem() == pem);
}

}  // namespace
}  // namespace countersign::http
