#include "cosign/checkpoint.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::IsOk;
using base::StatusIs;
using crypto::PublicKey;
using crypto::TestKey;
using crypto::TestKeyType;
using crypto::TestScheme;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr LogGeneration kRekor1 = LogGeneration::kRekor1;
constexpr LogGeneration kRekor2 = LogGeneration::kRekor2;

// What logs signed, and their keys: of the bundles with these names in sigstore-conformance.

// happy-path-v0.3.
constexpr std::string_view kSignedByRekor1 =
    "rekor.sigstore.dev - 2605736670972794746\n"
    "75408393\n"
    "Fnnj13Uu1jdksPc4HZLapKX329dVlD5+MGNsiqBq1XM=\n"
    "\n"
    "— rekor.sigstore.dev "
    "wNI9ajBFAiBTyiBM9WtyOTgohje6QZ5rFGJUdMq7Wk3A6oThE98SUgIhAMvxDwa7FyqRqg+YV3rdPPrfS23w19iK+piM"
    "SGVOmP5w\n";
// happy-path-v0.1, by the same log.
constexpr std::string_view kSignedWithTime =
    "rekor.sigstore.dev - 2605736670972794746\n"
    "23083062\n"
    "dauhleYK4YyAdxwwDtR0l0KnSOWZdG2bwqHftlanvcI=\n"
    "Timestamp: 1689177396617352539\n"
    "\n"
    "— rekor.sigstore.dev "
    "wNI9ajBFAiBxaGyEtxkzFLkaCSEJqFuSS3dJjEZCNiyByVs1CNVQ8gIhAOoNnXtmMtTctV2oRnSRUZAo4EWUYPK/vBsq"
    "OzAU6TMs\n";
constexpr std::string_view kRekor1Key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwr\n"
    "kBbmLSGtks4L3qX6yYY0zufBnhC8Ur/iy55GhWP/9A/bY2LhC30M9+RYtw==\n"
    "-----END PUBLIC KEY-----\n";

// rekor2-happy-path, and the lines that others have beside the log's.
constexpr std::string_view kRekor2Name = "log2025-alpha1.rekor.sigstage.dev";
constexpr std::string_view kRekor2Text =
    "log2025-alpha1.rekor.sigstage.dev\n"
    "736\n"
    "rs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\n";
constexpr std::string_view kRekor2Line =
    "— log2025-alpha1.rekor.sigstage.dev "
    "8w1amdbj1mjNN674dHAkD92+QZoEgBC7o0mXYSTRluDjQrOPjrps3zQB9ut+ShLepyZPsWBDi5IB3yXyjgjQT6OG9A8="
    "\n";
constexpr std::string_view kSecondKeyLine =
    "— log2025-alpha1.rekor.sigstage.dev "
    "mixjVTBEAiAv6tS03L1YvDipqsZBkJ/aL62be4XzHfDEHYXqNza0cAIgT2PcBzKxE4kHLlw2U1QtO4/YXfPdy5QtFpDw"
    "1lWkIXs=\n";
constexpr std::string_view kWitnessLine =
    "— witness.example "
    "O8PH5AAAAABopO8+4O9uzScQrNEnGdKLYXSPoUjH1Se4n92W+wT/j5Kel/4J2XWE4bEe9bpIVUD6EGOeUDFkSWz/rbDh"
    "vVcJ/2OrDw==\n";
constexpr std::string_view kRekor2Key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAPn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8=\n"
    "-----END PUBLIC KEY-----\n";
// log2025-1.rekor.sigstore.dev.
constexpr std::string_view kNewerRekor2Key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAt8rlp1knGwjfbcXAYPYAkn0XiLz1x8O4t0YkEhie244=\n"
    "-----END PUBLIC KEY-----\n";

PublicKey Key(std::string_view pem) { return PublicKey::FromPem(pem).value(); }

std::string Hex(const crypto::Sha256Digest& digest) {
  return absl::BytesToHexString(std::string(digest.begin(), digest.end()));
}

std::string Rekor2Envelope(std::string_view lines) {
  return absl::StrCat(kRekor2Text, "\n", lines);
}

bool Verifies(std::string_view envelope, const PublicKey& key, LogGeneration generation,
              const std::vector<std::string>& names = {}) {
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(envelope);
  EXPECT_THAT(checkpoint, IsOk());
  return checkpoint.ok() && VerifyCheckpoint(*checkpoint, key, generation, names);
}

bool Rekor2Verifies(std::string_view envelope) {
  return Verifies(envelope, Key(kRekor2Key), kRekor2, {std::string(kRekor2Name)});
}

constexpr std::string_view kRoot = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr std::string_view kOrigin = "log.example.org";
constexpr std::string_view kRekor1Origin = "log.example.org - 17";

std::string Text(std::string_view origin) { return absl::StrCat(origin, "\n7\n", kRoot, "\n"); }

// A line of bytes that nobody has signed, with a key's id or something like it.
std::string Line(std::string_view name, std::string_view key_id, std::string_view signature) {
  return absl::StrCat("— ", name, " ",
                      absl::Base64Escape(absl::StrCat(key_id.substr(0, 4), signature)), "\n");
}

std::string Unsigned(std::string_view text) {
  return absl::StrCat(text, "\n", Line("witness", "abcd", "signature"));
}

// A log made in memory.
struct TestLog {
  TestKey key;
  LogGeneration generation = kRekor2;
  TestScheme scheme = TestScheme::kDefault;
  std::string name = std::string(kOrigin);

  std::string KeyId() const {
    const crypto::Sha256Digest id = LogKeyId(key.Public(), generation, name);
    return std::string(id.begin(), id.end());
  }
  std::string Sign(std::string_view text) const {
    return Line(name, KeyId(), key.Sign(text, scheme));
  }
  // A line whose signature is over another text.
  std::string SignOther() const { return Line(name, KeyId(), key.Sign("another", scheme)); }
  std::string Text() const { return cosign::Text(generation == kRekor1 ? kRekor1Origin : kOrigin); }
  bool Holds(std::string_view lines) const {
    return Verifies(absl::StrCat(Text(), "\n", lines), key.Public(), generation,
                    {std::string(kOrigin)});
  }
};

TestLog Ed25519Log() {
  return {TestKey::Generate(TestKeyType::kEd25519), kRekor2, TestScheme::kPureEd25519};
}

TEST(ParseCheckpoint, SaysWhatTheTextSays) {
  const absl::StatusOr<Checkpoint> rekor1 = ParseCheckpoint(kSignedByRekor1);
  ASSERT_THAT(rekor1, IsOk());
  EXPECT_EQ(rekor1->origin, "rekor.sigstore.dev - 2605736670972794746");
  EXPECT_EQ(rekor1->tree_size, 75408393u);
  EXPECT_EQ(Hex(rekor1->root), "1679e3d7752ed63764b0f7381d92daa4a5f7dbd755943e7e30636c8aa06ad573");
  EXPECT_EQ(rekor1->text.size(), 95u);
  EXPECT_EQ(crypto::Sha256Hex(rekor1->text),
            "45fa9d5dd1fe30a4b10fab1923629c268b404a30e2bda4b37eb1ee1fc4f0154b");
  ASSERT_THAT(rekor1->lines, SizeIs(1));
  EXPECT_EQ(rekor1->lines[0].name, "rekor.sigstore.dev");
  EXPECT_THAT(rekor1->lines[0].key_id, ElementsAre(0xc0, 0xd2, 0x3d, 0x6a));
  EXPECT_THAT(rekor1->lines[0].signature, SizeIs(71));

  const absl::StatusOr<Checkpoint> rekor2 = ParseCheckpoint(Rekor2Envelope(kRekor2Line));
  ASSERT_THAT(rekor2, IsOk());
  EXPECT_EQ(rekor2->tree_size, 736u);
  EXPECT_EQ(rekor2->text.size(), 83u);
  EXPECT_EQ(crypto::Sha256Hex(rekor2->text),
            "0993b81b9163c77247235d404ba48548dbf34cd50f96f446bd7466f092ae8b3a");
  ASSERT_THAT(rekor2->lines, SizeIs(1));
  EXPECT_EQ(rekor2->lines[0].name, kRekor2Name);
  EXPECT_THAT(rekor2->lines[0].key_id, ElementsAre(0xf3, 0x0d, 0x5a, 0x99));
}

TEST(ParseCheckpoint, OtherLinesOfTheTextAreSignedToo) {
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(kSignedWithTime);
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_EQ(checkpoint->tree_size, 23083062u);
  EXPECT_THAT(checkpoint->text, HasSubstr("\nTimestamp: 1689177396617352539\n"));
}

TEST(ParseCheckpoint, LinesKeepTheirOrder) {
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(
      absl::StrCat(Text(kOrigin), "\n", Line("b", "1111", "x"), Line("a", "2222", "y")));
  ASSERT_THAT(checkpoint, IsOk());
  ASSERT_THAT(checkpoint->lines, SizeIs(2));
  EXPECT_EQ(checkpoint->lines[0].name, "b");
  EXPECT_EQ(checkpoint->lines[1].name, "a");
  EXPECT_EQ(checkpoint->lines[1].signature, "y");
}

TEST(ParseCheckpoint, EveryTruncationIsRefused) {
  for (const std::string_view envelope : {kSignedByRekor1, kSignedWithTime}) {
    for (size_t size = 0; size < envelope.size(); ++size) {
      EXPECT_THAT(ParseCheckpoint(envelope.substr(0, size)), StatusIs(kInvalid)) << size;
    }
  }
}

TEST(ParseCheckpoint, TheFinalLineFeedIsNeeded) {
  std::string envelope = Unsigned(Text(kOrigin));
  ASSERT_THAT(ParseCheckpoint(envelope), IsOk());
  envelope.pop_back();
  EXPECT_THAT(ParseCheckpoint(envelope), StatusIs(kInvalid, HasSubstr("not ended")));
}

TEST(ParseCheckpoint, CarriageReturnsAndOtherControlCharactersAreRefused) {
  const std::string envelope = Unsigned(Text(kOrigin));
  EXPECT_THAT(ParseCheckpoint(absl::StrReplaceAll(envelope, {{"\n", "\r\n"}})),
              StatusIs(kInvalid, HasSubstr("control character")));
  for (const char control : {'\0', '\t', '\x0b', '\r', '\x1b', '\x1f'}) {
    std::string changed = envelope;
    changed[3] = control;
    EXPECT_THAT(ParseCheckpoint(changed), StatusIs(kInvalid, HasSubstr("control character")))
        << int{control};
  }
}

TEST(ParseCheckpoint, TheTextIsUtf8) {
  EXPECT_THAT(ParseCheckpoint(Unsigned(Text("größer"))), IsOk());
  EXPECT_THAT(ParseCheckpoint(Unsigned(Text("gr\xf6\xdf"
                                            "er"))),
              StatusIs(kInvalid, HasSubstr("UTF-8")));
}

TEST(ParseCheckpoint, SixtyFourSignatureLinesAreTakenAndNoMore) {
  std::string envelope = absl::StrCat(Text(kOrigin), "\n");
  for (size_t i = 0; i < kMaxCheckpointLines; ++i) envelope += Line("witness", "abcd", "x");
  EXPECT_THAT(ParseCheckpoint(envelope), IsOk());
  envelope += Line("witness", "abcd", "x");
  EXPECT_THAT(ParseCheckpoint(envelope), StatusIs(kInvalid, HasSubstr("signature lines")));
}

TEST(ParseCheckpoint, SixteenSignaturesOfFiveThousandBytesAreTaken) {
  std::string envelope = absl::StrCat(Text(kOrigin), "\n");
  for (int i = 0; i < 16; ++i) envelope += Line("witness", "abcd", std::string(5000, 'x'));
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(envelope);
  ASSERT_THAT(checkpoint, IsOk());
  ASSERT_THAT(checkpoint->lines, SizeIs(16));
  EXPECT_EQ(checkpoint->lines[15].signature, std::string(5000, 'x'));
}

TEST(ParseCheckpoint, IsBoundedInBytes) {
  const auto of_size = [](size_t size) {
    const std::string short_one = Unsigned(Text(kOrigin) + "x\n");
    return Unsigned(
        absl::StrCat(Text(kOrigin), "x", std::string(size - short_one.size(), 'x'), "\n"));
  };
  ASSERT_THAT(of_size(kMaxCheckpointBytes), SizeIs(kMaxCheckpointBytes));
  EXPECT_THAT(ParseCheckpoint(of_size(kMaxCheckpointBytes)), IsOk());
  for (const size_t size : {kMaxCheckpointBytes + 1, size_t{1} << 20}) {
    EXPECT_THAT(ParseCheckpoint(of_size(size)), StatusIs(kInvalid, HasSubstr("bytes")));
  }
}

TEST(ParseCheckpoint, TheTextNeedsItsThreeLines) {
  for (const std::string& text :
       {absl::StrCat("7\n", kRoot, "\n"), absl::StrCat(kOrigin, "\n", kRoot, "\n"),
        absl::StrCat(kOrigin, "\n7\n"), std::string("\n"), std::string("")}) {
    EXPECT_THAT(ParseCheckpoint(Unsigned(text)), StatusIs(kInvalid)) << text;
  }
}

TEST(ParseCheckpoint, NoLineOfTheTextIsEmpty) {
  for (const std::string& text :
       {absl::StrCat("\n7\n", kRoot, "\n"), absl::StrCat(kOrigin, "\n\n", kRoot, "\n"),
        absl::StrCat(Text(kOrigin), "\n"), absl::StrCat(Text(kOrigin), "\nmore\n"),
        absl::StrCat(Text(kOrigin), "more\n\n")}) {
    EXPECT_THAT(ParseCheckpoint(Unsigned(text)), StatusIs(kInvalid)) << text;
  }
}

// What looks like a signature before the last empty line is text.
TEST(ParseCheckpoint, SignaturesFollowTheLastEmptyLine) {
  const std::string note = Unsigned(Text(kOrigin));
  EXPECT_THAT(ParseCheckpoint(absl::StrCat(note, "\n", Line("witness", "abcd", "x"))),
              StatusIs(kInvalid, HasSubstr("line of its text is empty")));
  const std::string line = Line("witness", "abcd", "x");
  const absl::StatusOr<Checkpoint> checkpoint =
      ParseCheckpoint(Unsigned(absl::StrCat(Text(kOrigin), line)));
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_EQ(checkpoint->text, absl::StrCat(Text(kOrigin), line));
  EXPECT_THAT(checkpoint->lines, SizeIs(1));
}

TEST(ParseCheckpoint, TheTreeSizeIsAPlainNumberBelowTwoToThe63) {
  const auto parse = [](std::string_view size) {
    return ParseCheckpoint(Unsigned(absl::StrCat(kOrigin, "\n", size, "\n", kRoot, "\n")));
  };
  EXPECT_EQ(parse("0")->tree_size, 0u);
  EXPECT_EQ(parse("10")->tree_size, 10u);
  EXPECT_EQ(parse("9223372036854775807")->tree_size, 9223372036854775807u);
  for (const std::string_view size :
       {"9223372036854775808", "18446744073709551616", "00", "01", "-1", "+1", " 1", "1 ", "1.0",
        "1e3", "0x10", "seven", "٧",
        "184467440737095516161844674407370955161618446744073709551616"}) {
    EXPECT_THAT(parse(size), StatusIs(kInvalid, HasSubstr("tree size"))) << size;
  }
}

TEST(ParseCheckpoint, TheRootHashIsBase64OfThirtyTwoBytes) {
  const auto parse = [](std::string_view root) {
    return ParseCheckpoint(Unsigned(absl::StrCat(kOrigin, "\n7\n", root, "\n")));
  };
  EXPECT_THAT(parse(absl::Base64Escape(std::string(32, '\xff'))), IsOk());
  for (const std::string& root :
       {absl::Base64Escape(std::string(31, 'x')), absl::Base64Escape(std::string(33, 'x')),
        absl::WebSafeBase64Escape(std::string(32, '\xff')), absl::StrCat(" ", kRoot),
        std::string(kRoot.substr(0, kRoot.size() - 1)), std::string(64, 'a')}) {
    EXPECT_THAT(parse(root), StatusIs(kInvalid, HasSubstr("root hash"))) << root;
  }
}

TEST(ParseCheckpoint, SignatureLinesHaveOneFormAlone) {
  const auto parse = [](std::string_view line) {
    return ParseCheckpoint(absl::StrCat(Text(kOrigin), "\n", line, "\n"));
  };
  EXPECT_THAT(parse("— name YWJjZGU="), IsOk());
  for (const std::string_view line :
       {"- name YWJjZGU=", "– name YWJjZGU=", "—name YWJjZGU=", " — name YWJjZGU=",
        "—  name YWJjZGU=", "— name  YWJjZGU=", "— name YWJjZGU= ", "— name YWJjZGU= more",
        "—  YWJjZGU=", "— YWJjZGU=", "— name", "— name ", "—", "name YWJjZGU=", "— name YWJjZGU",
        "— name !!!!", "— name YWJjZ-U="}) {
    EXPECT_THAT(parse(line), StatusIs(kInvalid, HasSubstr("signature line 1: "))) << line;
  }
  EXPECT_THAT(parse("— name YWJjZGU=\n— other"), StatusIs(kInvalid, HasSubstr("signature line 2")));
  EXPECT_THAT(parse("— name YWJjZGU=\n\n— other YWJjZGU="), StatusIs(kInvalid));
}

TEST(ParseCheckpoint, ASignatureHasAByteAtLeast) {
  const auto parse = [](std::string_view signature) {
    return ParseCheckpoint(absl::StrCat(Text(kOrigin), "\n", Line("name", "abcd", signature)));
  };
  EXPECT_EQ(parse("x")->lines[0].signature, "x");
  EXPECT_THAT(parse(""), StatusIs(kInvalid, HasSubstr("key id")));
}

TEST(ParseCheckpoint, WithoutSignatureLinesIsNone) {
  EXPECT_THAT(ParseCheckpoint(Text(kOrigin)), StatusIs(kInvalid));
  EXPECT_THAT(ParseCheckpoint(Text(kOrigin) + "\n"), StatusIs(kInvalid));
  EXPECT_THAT(ParseCheckpoint(Text(kOrigin) + "\n\n"), StatusIs(kInvalid));
}

TEST(LogKeyId, IsWhatLogsUse) {
  EXPECT_EQ(Hex(LogKeyId(Key(kRekor1Key), kRekor1, "")),
            "c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d");
  EXPECT_EQ(Hex(LogKeyId(Key(kRekor2Key), kRekor2, kRekor2Name)),
            "f30d5a999d92e662484244263f174cb8eacbfe8264bc583d32741799e3825dc9");
  EXPECT_EQ(Hex(LogKeyId(Key(kNewerRekor2Key), kRekor2, "log2025-1.rekor.sigstore.dev")),
            "cf1199155bddd051268d1f16ac5c0c75c009f6fb5a63f4177f8e18d7051e3fa0");
}

TEST(LogKeyId, IsOfTheKeyAloneButForEd25519AndRsaOfRekor2) {
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384, TestKeyType::kEcdsaP521,
        TestKeyType::kEd25519, TestKeyType::kRsa2048}) {
    const TestKey key = TestKey::Generate(type);
    const bool is_named = type == TestKeyType::kEd25519 || type == TestKeyType::kRsa2048;
    EXPECT_EQ(LogKeyId(key.Public(), kRekor1, "a"), crypto::Sha256(key.PublicDer()));
    EXPECT_EQ(LogKeyId(key.Public(), kRekor2, "a") == crypto::Sha256(key.PublicDer()), !is_named);
    EXPECT_EQ(LogKeyId(key.Public(), kRekor2, "a") == LogKeyId(key.Public(), kRekor2, "b"),
              !is_named);
  }
}

TEST(LogKeyId, NamesTheTypeOfRsaKeys) {
  const TestKey key = TestKey::Generate(TestKeyType::kRsa2048);
  EXPECT_EQ(LogKeyId(key.Public(), kRekor2, "name"),
            crypto::Sha256(absl::StrCat("name\n\xff", "PKIX-RSA-PKCS#1v1.5", key.PublicDer())));
}

TEST(VerifyCheckpoint, HoldsForWhatLogsSigned) {
  EXPECT_TRUE(Verifies(kSignedByRekor1, Key(kRekor1Key), kRekor1));
  EXPECT_TRUE(Verifies(kSignedWithTime, Key(kRekor1Key), kRekor1));
  EXPECT_TRUE(Rekor2Verifies(Rekor2Envelope(kRekor2Line)));
}

TEST(VerifyCheckpoint, LinesOfOthersAreIgnoredInAnyOrder) {
  EXPECT_TRUE(Rekor2Verifies(Rekor2Envelope(absl::StrCat(kRekor2Line, kWitnessLine))));
  EXPECT_TRUE(Rekor2Verifies(Rekor2Envelope(absl::StrCat(kWitnessLine, kRekor2Line))));
  EXPECT_FALSE(Rekor2Verifies(Rekor2Envelope(kWitnessLine)));
  EXPECT_TRUE(Verifies(absl::StrCat(kSignedByRekor1, kWitnessLine), Key(kRekor1Key), kRekor1));
}

TEST(VerifyCheckpoint, ASecondKeyOfTheSameNameIsIgnored) {
  EXPECT_TRUE(Rekor2Verifies(Rekor2Envelope(absl::StrCat(kRekor2Line, kSecondKeyLine))));
  EXPECT_TRUE(
      Rekor2Verifies(Rekor2Envelope(absl::StrCat(kSecondKeyLine, kRekor2Line, kWitnessLine))));
  EXPECT_FALSE(Rekor2Verifies(Rekor2Envelope(kSecondKeyLine)));
}

TEST(VerifyCheckpoint, TheKeyIdMustBeTheKeys) {
  const std::string changed = absl::StrReplaceAll(kSignedWithTime, {{"wNI9aj", "xNI9aj"}});
  ASSERT_NE(changed, kSignedWithTime);
  EXPECT_FALSE(Verifies(changed, Key(kRekor1Key), kRekor1));
}

TEST(VerifyCheckpoint, AChangedSignatureDoesNotHold) {
  const std::string changed = absl::StrReplaceAll(kSignedWithTime, {{"GyEtxkzFLk", "GyEtxkzZLk"}});
  ASSERT_NE(changed, kSignedWithTime);
  EXPECT_FALSE(Verifies(changed, Key(kRekor1Key), kRekor1));
}

TEST(VerifyCheckpoint, EveryByteOfTheTextIsSigned) {
  const TestLog log = Ed25519Log();
  const Checkpoint checkpoint =
      ParseCheckpoint(absl::StrCat(log.Text(), "\n", log.Sign(log.Text()))).value();
  const std::vector<std::string> names = {std::string(kOrigin)};
  ASSERT_TRUE(VerifyCheckpoint(checkpoint, log.key.Public(), kRekor2, names));
  for (size_t i = 0; i < checkpoint.text.size(); ++i) {
    Checkpoint changed = checkpoint;
    changed.text[i] = static_cast<char>(changed.text[i] ^ 1);
    EXPECT_FALSE(VerifyCheckpoint(changed, log.key.Public(), kRekor2, names)) << i;
  }
}

TEST(VerifyCheckpoint, AnotherLogHasNotSignedIt) {
  EXPECT_FALSE(Verifies(kSignedByRekor1, TestKey::Generate().Public(), kRekor1));
  EXPECT_FALSE(Verifies(Rekor2Envelope(kRekor2Line), Key(kNewerRekor2Key), kRekor2,
                        {std::string(kRekor2Name)}));
  // Under the id of the other log's key, too.
  const TestLog log = Ed25519Log();
  const TestLog other = Ed25519Log();
  EXPECT_FALSE(log.Holds(Line(log.name, log.KeyId(), other.key.Sign(log.Text(), other.scheme))));
}

TEST(VerifyCheckpoint, ABadLineOfTheLogSpoilsIt) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    const TestLog log = {TestKey::Generate(), generation};
    const std::string good = log.Sign(log.Text());
    EXPECT_TRUE(log.Holds(good));
    EXPECT_FALSE(log.Holds(log.SignOther()));
    EXPECT_FALSE(log.Holds(absl::StrCat(good, log.SignOther())));
    EXPECT_FALSE(log.Holds(absl::StrCat(log.SignOther(), good)));
    EXPECT_FALSE(log.Holds(absl::StrCat(good, good, log.SignOther())));
  }
}

TEST(VerifyCheckpoint, TheLogMaySignTwice) {
  const TestLog log = {TestKey::Generate()};
  const std::string good = log.Sign(log.Text());
  EXPECT_TRUE(log.Holds(absl::StrCat(good, log.Sign(log.Text()), good)));
}

TEST(VerifyCheckpoint, ALogOfRekor1MaySignInAnyName) {
  TestLog log = {TestKey::Generate(), kRekor1};
  log.name = "rekor.internal:3000";
  EXPECT_TRUE(log.Holds(log.Sign(log.Text())));
}

TEST(VerifyCheckpoint, ALogOfRekor2SignsInItsNames) {
  const TestKey key = TestKey::Generate();
  TestLog log = {key};
  log.name = "log.example.org:8443";
  const std::string envelope = absl::StrCat(log.Text(), "\n", log.Sign(log.Text()));
  EXPECT_FALSE(Verifies(envelope, key.Public(), kRekor2, {std::string(kOrigin)}));
  EXPECT_FALSE(Verifies(envelope, key.Public(), kRekor2, {log.name}));
  EXPECT_TRUE(Verifies(envelope, key.Public(), kRekor2, {std::string(kOrigin), log.name}));
  EXPECT_FALSE(Verifies(envelope, key.Public(), kRekor2, {}));
}

TEST(VerifyCheckpoint, ALineInAnotherNameDoesNotSpoilRekor2s) {
  const TestKey key = TestKey::Generate();
  const TestLog log = {key};
  TestLog other = {key};
  other.name = "witness";
  EXPECT_TRUE(log.Holds(absl::StrCat(log.Sign(log.Text()), other.SignOther())));
}

TEST(VerifyCheckpoint, TheOriginMustBeTheLogs) {
  const std::string renamed = absl::StrReplaceAll(Rekor2Envelope(kRekor2Line),
                                                  {{"rekor.sigstage.dev", "rekor.github.dev"}});
  EXPECT_FALSE(Rekor2Verifies(renamed));

  const TestLog log = Ed25519Log();
  const std::string text = Text("other.example.org");
  EXPECT_FALSE(Verifies(absl::StrCat(text, "\n", log.Sign(text)), log.key.Public(), kRekor2,
                        {std::string(kOrigin)}));
}

TEST(VerifyCheckpoint, GenerationsHaveTheirOwnOrigins) {
  const TestKey key = TestKey::Generate();
  const std::vector<std::string> names = {std::string(kOrigin), std::string(kRekor1Origin)};
  const auto sign = [&key](std::string_view origin) {
    const TestLog log = {key};
    return absl::StrCat(Text(origin), "\n", log.Sign(Text(origin)));
  };
  EXPECT_TRUE(Verifies(sign(kOrigin), key.Public(), kRekor2, names));
  EXPECT_FALSE(Verifies(sign(kOrigin), key.Public(), kRekor1, names));
  EXPECT_TRUE(Verifies(sign(kRekor1Origin), key.Public(), kRekor1, names));
  EXPECT_FALSE(Verifies(sign(kRekor1Origin), key.Public(), kRekor2, {std::string(kOrigin)}));
  for (const std::string_view origin :
       {"log.example.org - ", "log.example.org - x7", "log.example.org - 7 ", "log.example.org -7",
        "log.example.org 7"}) {
    EXPECT_FALSE(Verifies(sign(origin), key.Public(), kRekor1)) << origin;
  }
}

TEST(VerifyCheckpoint, AnUnknownGenerationNeverHolds) {
  const TestLog log = {TestKey::Generate()};
  for (const std::string_view origin : {kOrigin, kRekor1Origin}) {
    EXPECT_FALSE(Verifies(absl::StrCat(Text(origin), "\n", log.Sign(Text(origin))),
                          log.key.Public(), LogGeneration::kUnspecified, {std::string(origin)}));
  }
}

TEST(VerifyCheckpoint, EachKeySignsByItsGenerationsScheme) {
  struct Case {
    TestKeyType type;
    LogGeneration generation;
    TestScheme scheme;
    bool holds;
  };
  for (const Case& tried : std::vector<Case>{
           {TestKeyType::kEcdsaP256, kRekor1, TestScheme::kSha256, true},
           {TestKeyType::kEcdsaP256, kRekor2, TestScheme::kSha256, true},
           {TestKeyType::kEcdsaP256, kRekor2, TestScheme::kSha384, false},
           {TestKeyType::kEcdsaP384, kRekor1, TestScheme::kSha256, true},
           {TestKeyType::kEcdsaP384, kRekor1, TestScheme::kSha384, false},
           {TestKeyType::kEcdsaP384, kRekor2, TestScheme::kSha384, true},
           {TestKeyType::kEcdsaP384, kRekor2, TestScheme::kSha256, false},
           {TestKeyType::kEcdsaP521, kRekor1, TestScheme::kSha256, true},
           {TestKeyType::kEcdsaP521, kRekor1, TestScheme::kSha512, false},
           {TestKeyType::kEcdsaP521, kRekor2, TestScheme::kSha512, true},
           {TestKeyType::kEcdsaP521, kRekor2, TestScheme::kSha256, false},
           {TestKeyType::kRsa2048, kRekor1, TestScheme::kSha256, true},
           {TestKeyType::kRsa2048, kRekor2, TestScheme::kSha256, true},
           {TestKeyType::kRsa2048, kRekor2, TestScheme::kSha512, false},
           {TestKeyType::kEd25519, kRekor1, TestScheme::kPureEd25519, true},
           {TestKeyType::kEd25519, kRekor2, TestScheme::kPureEd25519, true},
           {TestKeyType::kEd25519, kRekor2, TestScheme::kDefault, false},  // Ed25519ph
       }) {
    const TestLog log = {TestKey::Generate(tried.type), tried.generation, tried.scheme};
    EXPECT_EQ(log.Holds(log.Sign(log.Text())), tried.holds)
        << log.key.Public().Description() << ", generation " << static_cast<int>(tried.generation)
        << ", scheme " << static_cast<int>(tried.scheme);
  }
}

}  // namespace
}  // namespace countersign::cosign
