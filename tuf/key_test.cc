#include "tuf/key.h"

#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "base/status_matchers.h"
#include "crypto/message.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"
#include "tuf/test_repository.h"

namespace countersign::tuf {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::Json;
using base::JsonPlace;
using base::StatusIs;
using crypto::SignatureScheme;
using crypto::TestKeyType;
using ::testing::HasSubstr;

// Under its own id.
absl::StatusOr<std::optional<Key>> Read(const Json& object) {
  return ReadKey(KeyIdOf(object).value(), JsonPlace(object));
}

bool IsLeftOut(const Json& object) {
  const auto key = Read(object);
  return key.ok() && !key->has_value();
}

absl::Status FaultWith(const TestSigner& signer, std::string_view pointer, const Json& value) {
  Json object = signer.object();
  object[Json::json_pointer(std::string(pointer))] = value;
  return Read(object).status();
}

MATCHER_P(IsFault, part, "is InvalidArgument that says so") {
  return testing::ExplainMatchResult(StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(part)),
                                     arg, result_listener);
}

TEST(Key, ReadsTheKnownTypesWithTheirSchemes) {
  const struct {
    TestKeyType type;
    SignatureScheme scheme;
  } kCases[] = {{TestKeyType::kEcdsaP256, SignatureScheme::kEcdsaSha256},
                {TestKeyType::kEd25519, SignatureScheme::kEd25519},
                {TestKeyType::kRsa2048, SignatureScheme::kRsaPssSha256}};
  for (const auto& test : kCases) {
    const TestSigner signer(test.type);
    const auto key = Read(signer.object());
    ASSERT_THAT(key, IsOk());
    ASSERT_TRUE(key->has_value());
    EXPECT_EQ((*key)->id, signer.id());
    EXPECT_EQ((*key)->scheme, test.scheme);
  }
}

TEST(Key, ReadsTheOlderNameOfEcdsaKeys) {
  Json object = TestSigner().object();
  object["keytype"] = "ecdsa-sha2-nistp256";
  const auto key = Read(object);
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ((*key)->scheme, SignatureScheme::kEcdsaSha256);
}

// The key of Sigstore's public instance that signs its timestamps, with its id.
TEST(Key, MayHaveTheIdOfTheWholeObject) {
  Json object = Json::parse(R"({
    "keyid_hash_algorithms": ["sha256", "sha512"],
    "keytype": "ecdsa",
    "keyval": {"public": "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWRiGr5+j+3J5SsH+Ztr5nE2H2wO7\nBV+nO3s93gLca18qTOzHY1oWyAGDykMSsGTUBSt9D+An0KfKsD2mfSM42Q==\n-----END PUBLIC KEY-----\n"},
    "scheme": "ecdsa-sha2-nistp256",
    "x-tuf-on-ci-online-uri": "gcpkms:projects/sigstore-root-signing/locations/global/keyRings/root/cryptoKeys/timestamp/cryptoKeyVersions/1"})");
  const std::string id = "0c87432c3bf09fd99189fdc32fa5eaedf4e4a5fac7bab73fa04a2e0fc64af6f5";
  EXPECT_THAT(KeyIdOf(object), IsOkAndHolds(id));
  EXPECT_THAT(ReadKey(id, JsonPlace(object)), IsOk());

  object.erase("x-tuf-on-ci-online-uri");
  EXPECT_THAT(ReadKey(id, JsonPlace(object)), IsFault("is not the key of this id"));
}

// The key of GitHub's instance that signs its timestamps, with its id.
TEST(Key, MayHaveTheIdOfWhatTheSpecificationNames) {
  Json object = Json::parse(R"({
    "keytype": "ecdsa",
    "keyval": {"public": "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENKNcNcX+d73lS1TRFb9Vnp8JvOoh\nzYQ+in43iGenbG8RGo9L/6FJ2hoRbVU6xskvyuErcdPbCdI4GxrQ5i8hkw==\n-----END PUBLIC KEY-----\n"},
    "scheme": "ecdsa-sha2-nistp256",
    "x-tuf-on-ci-online-uri": "azurekms://production-tuf-root.vault.azure.net/keys/Online-Key/aaf375fd8ed24acb949a5cc173700b05"})");
  const std::string id = "eb9799b483affac9da87ef4c9ea467928415c961349e607e5e6e485679b07f8f";
  EXPECT_THAT(ReadKey(id, JsonPlace(object)), IsOk());

  object["keyval"]["more"] = 1;
  EXPECT_THAT(ReadKey(id, JsonPlace(object)), IsFault("is not the key of this id"));
}

// As python-tuf 3 lists it.
TEST(Key, MayHaveTheIdOfHashAlgorithmsThatItDoesNotName) {
  const Json object = Json::parse(R"({
    "keytype": "ed25519",
    "keyval": {"public": "4b937cac5c77ce5ebd18b4ce252f92b1da3e8640a033c34726fe7a821c3acd45"},
    "scheme": "ed25519"})");
  const std::string id = "1d98f2950591737d5f49f0a00d00890ee385ed272285fba1cb89553a37813fcf";
  EXPECT_THAT(ReadKey(id, JsonPlace(object)), IsOk());
}

TEST(Key, RefusesAnotherId) {
  const TestSigner signer;
  const JsonPlace place(signer.object());
  EXPECT_THAT(ReadKey("", place), IsFault("is not the key of this id"));
  EXPECT_THAT(ReadKey(TestSigner().id(), place), IsFault("is not the key of this id"));
  EXPECT_THAT(ReadKey(absl::AsciiStrToUpper(signer.id()), place),
              IsFault("is not the key of this id"));
  EXPECT_THAT(ReadKey(signer.id().substr(0, 63), place), IsFault("is not the key of this id"));
}

TEST(Key, LeavesOutTypesAndSchemesThatAreNotKnown) {
  const struct {
    std::string_view member;
    std::string_view value;
  } kCases[] = {{"keytype", "ml-dsa"},
                {"keytype", "rsa"},
                {"scheme", "ecdsa-sha2-nistp384"},
                {"scheme", "rsa-pkcs1v15-sha256"}};
  for (const auto& test : kCases) {
    Json object = TestSigner().object();
    object[std::string(test.member)] = test.value;
    EXPECT_TRUE(IsLeftOut(object)) << test.value;
    object.erase("keyval");
    EXPECT_TRUE(IsLeftOut(object)) << test.value;
  }
}

TEST(Key, RefusesWhatIsNoKeyOfItsType) {
  const TestSigner p256;
  EXPECT_THAT(FaultWith(p256, "/keyval/public",
                        crypto::TestKey::Generate(TestKeyType::kEcdsaP384).PublicPem()),
              IsFault("/keyval/public: is a key of another type than it says, ECDSA P-384"));
  EXPECT_THAT(FaultWith(p256, "/keyval/public",
                        crypto::TestKey::Generate(TestKeyType::kRsa2048).PublicPem()),
              IsFault("/keyval/public: is a key of another type than it says"));
  EXPECT_THAT(FaultWith(p256, "/keyval/public", std::string(130, '4')),
              IsFault("/keyval/public: is no key: "));
  EXPECT_THAT(FaultWith(p256, "/keyval/public", ""), IsFault("/keyval/public: must be given"));
  EXPECT_THAT(FaultWith(p256, "/keyval/public", 7), IsFault("/keyval/public: must be a string"));
  EXPECT_THAT(FaultWith(p256, "/keyval", "x"), IsFault("/keyval: must be an object"));
  EXPECT_THAT(FaultWith(p256, "/keytype", ""), IsFault("/keytype: must be given"));
  EXPECT_THAT(FaultWith(p256, "/scheme", nullptr), IsFault("/scheme: must be given"));

  const TestSigner ed25519(TestKeyType::kEd25519);
  EXPECT_THAT(FaultWith(ed25519, "/keyval/public", std::string(62, 'a')),
              IsFault("/keyval/public: is no key: it is not 64 hex digits"));
  EXPECT_THAT(FaultWith(ed25519, "/keyval/public", std::string(64, 'g')),
              IsFault("/keyval/public: is no key: it is not 64 hex digits"));
  // Of small order: with it anybody could sign.
  EXPECT_THAT(FaultWith(ed25519, "/keyval/public", std::string(64, '0')),
              IsFault("/keyval/public: is no key: "));
}

TEST(Key, RefusesMembersWithoutACanonicalForm) {
  Json object = TestSigner().object();
  object["more"] = 1.5;
  EXPECT_THAT(ReadKey(TestSigner().id(), JsonPlace(object)), IsFault("no integer"));
}

}  // namespace
}  // namespace countersign::tuf
