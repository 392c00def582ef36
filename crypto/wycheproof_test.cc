// The signature vectors of Project Wycheproof (testdata/README.md) against PublicKey.

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "crypto/public_key.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using base::IsOk;

// What became of a file's vectors. Each counts once, so that a test cannot pass by running none.
struct Tally {
  int verified = 0;
  int refused = 0;
  // "acceptable" ones that were refused: older encodings, and P1363 of another width than the
  // curve's.
  int refused_acceptable = 0;

  friend bool operator==(const Tally&, const Tally&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Tally& tally) {
    return out << tally.verified << " verified, " << tally.refused << " refused, "
               << tally.refused_acceptable << " refused though acceptable";
  }
};

void Run(const PublicKey& key, const base::Json& vector, const std::string& file, Tally& tally) {
  const std::string result = vector["result"].get<std::string>();
  const bool verified = Verifies(key, absl::HexStringToBytes(vector["msg"].get<std::string>()),
                                 absl::HexStringToBytes(vector["sig"].get<std::string>()));
  if (result != "acceptable") {
    EXPECT_EQ(verified, result == "valid")
        << file << " " << vector["tcId"] << ": " << vector["comment"];
  }
  if (verified) {
    ++tally.verified;
  } else if (result == "acceptable") {
    ++tally.refused_acceptable;
  } else {
    ++tally.refused;
  }
}

Tally RunFile(const std::string& name) {
  Tally tally;
  const auto text = base::LoadFile(absl::StrCat("testdata/wycheproof/", name, ".json"));
  EXPECT_THAT(text, IsOk());
  const auto file = base::ParseJson(text.value_or(""));
  EXPECT_THAT(file, IsOk());
  if (!file.ok()) return tally;
  for (const base::Json& group : (*file)["testGroups"]) {
    const auto key = PublicKey::FromPem(group["keyPem"].get<std::string>());
    EXPECT_THAT(key, IsOk()) << name;
    if (!key.ok()) continue;
    for (const base::Json& vector : group["tests"]) Run(*key, vector, name, tally);
  }
  EXPECT_EQ(tally.verified + tally.refused + tally.refused_acceptable, (*file)["numberOfTests"])
      << name;
  return tally;
}

TEST(Wycheproof, EcdsaInDer) {
  EXPECT_EQ(RunFile("ecdsa_secp256r1_sha256"), (Tally{147, 239, 1}));
  EXPECT_EQ(RunFile("ecdsa_secp384r1_sha384"), (Tally{168, 239, 1}));
  EXPECT_EQ(RunFile("ecdsa_secp521r1_sha512"), (Tally{206, 241, 0}));
}

TEST(Wycheproof, EcdsaInP1363) {
  EXPECT_EQ(RunFile("ecdsa_secp256r1_sha256_p1363"), (Tally{146, 69, 4}));
  EXPECT_EQ(RunFile("ecdsa_secp384r1_sha384_p1363"), (Tally{167, 69, 3}));
  EXPECT_EQ(RunFile("ecdsa_secp521r1_sha512_p1363"), (Tally{205, 69, 3}));
}

TEST(Wycheproof, Rsa) {
  EXPECT_EQ(RunFile("rsa_signature_2048_sha256"), (Tally{9, 230, 1}));
  EXPECT_EQ(RunFile("rsa_signature_3072_sha256"), (Tally{8, 230, 1}));
}

TEST(Wycheproof, Ed25519) { EXPECT_EQ(RunFile("eddsa"), (Tally{84, 61, 0})); }

}  // namespace
}  // namespace countersign::crypto
