#include "cosign/checkpoint.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status_matchers.h"
#include "cosign/checkpoint_fixture.h"
#include "crypto/public_key.h"
#include "crypto/sha256.h"
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
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

// As Rekor 1 wrote it for a while.
constexpr std::string_view kTimeLine = "Timestamp: 1700000000123456789\n";

std::string Hex(const crypto::Sha256Digest& digest) {
  return absl::BytesToHexString(std::string(digest.begin(), digest.end()));
}

// With a line of bytes that nobody has signed.
std::string Unsigned(std::string_view text) {
  return absl::StrCat(text, "\n", SignatureLine("witness", "abcd", "signature"));
}

TEST(ParseCheckpoint, SaysWhatTheTextSays) {
  const std::string text =
      absl::StrCat("log.example.org - 3904496407287907110\n91752604\n", kRoot, "\n");
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(absl::StrCat(
      text, "\n", SignatureLine("rekor.example.org", "\xc0\xd2\x3d\x6a", "signature")));
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_EQ(checkpoint->origin, "log.example.org - 3904496407287907110");
  EXPECT_EQ(checkpoint->tree_size, 91752604u);
  for (size_t i = 0; i < checkpoint->root.size(); ++i) EXPECT_EQ(checkpoint->root[i], i);
  EXPECT_EQ(checkpoint->text, text);
  ASSERT_THAT(checkpoint->lines, SizeIs(1));
  EXPECT_EQ(checkpoint->lines[0].name, "rekor.example.org");
  EXPECT_THAT(checkpoint->lines[0].key_id, ElementsAre(0xc0, 0xd2, 0x3d, 0x6a));
  EXPECT_EQ(checkpoint->lines[0].signature, "signature");
}

TEST(ParseCheckpoint, OtherLinesOfTheTextAreSignedToo) {
  const std::string text = absl::StrCat(CheckpointText(kRekor1Origin), kTimeLine);
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(Unsigned(text));
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_EQ(checkpoint->tree_size, 7u);
  EXPECT_EQ(checkpoint->text, text);
}

TEST(ParseCheckpoint, LinesKeepTheirOrder) {
  const absl::StatusOr<Checkpoint> checkpoint =
      ParseCheckpoint(absl::StrCat(CheckpointText(kOrigin), "\n", SignatureLine("b", "1111", "x"),
                                   SignatureLine("a", "2222", "y")));
  ASSERT_THAT(checkpoint, IsOk());
  ASSERT_THAT(checkpoint->lines, SizeIs(2));
  EXPECT_EQ(checkpoint->lines[0].name, "b");
  EXPECT_EQ(checkpoint->lines[1].name, "a");
  EXPECT_EQ(checkpoint->lines[1].signature, "y");
}

TEST(ParseCheckpoint, EveryTruncationIsRefused) {
  const std::string rekor1 = Unsigned(absl::StrCat(CheckpointText(kRekor1Origin), kTimeLine));
  const std::string rekor2 = Unsigned(CheckpointText(kOrigin));
  for (const std::string_view envelope : {rekor1, rekor2}) {
    ASSERT_THAT(ParseCheckpoint(envelope), IsOk());
    for (size_t size = 0; size < envelope.size(); ++size) {
      EXPECT_THAT(ParseCheckpoint(envelope.substr(0, size)), StatusIs(kInvalid)) << size;
    }
  }
}

TEST(ParseCheckpoint, TheFinalLineFeedIsNeeded) {
  std::string envelope = Unsigned(CheckpointText(kOrigin));
  ASSERT_THAT(ParseCheckpoint(envelope), IsOk());
  envelope.pop_back();
  EXPECT_THAT(ParseCheckpoint(envelope), StatusIs(kInvalid, HasSubstr("not ended")));
}

TEST(ParseCheckpoint, CarriageReturnsAndOtherControlCharactersAreRefused) {
  const std::string envelope = Unsigned(CheckpointText(kOrigin));
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
  EXPECT_THAT(ParseCheckpoint(Unsigned(CheckpointText("größer"))), IsOk());
  EXPECT_THAT(ParseCheckpoint(Unsigned(CheckpointText("gr\xf6\xdf"
                                                      "er"))),
              StatusIs(kInvalid, HasSubstr("UTF-8")));
}

TEST(ParseCheckpoint, SixtyFourSignatureLinesAreTakenAndNoMore) {
  std::string envelope = absl::StrCat(CheckpointText(kOrigin), "\n");
  for (size_t i = 0; i < kMaxCheckpointLines; ++i)
    envelope += SignatureLine("witness", "abcd", "x");
  EXPECT_THAT(ParseCheckpoint(envelope), IsOk());
  envelope += SignatureLine("witness", "abcd", "x");
  EXPECT_THAT(ParseCheckpoint(envelope), StatusIs(kInvalid, HasSubstr("signature lines")));
}

TEST(ParseCheckpoint, SixteenSignaturesOfFiveThousandBytesAreTaken) {
  std::string envelope = absl::StrCat(CheckpointText(kOrigin), "\n");
  for (int i = 0; i < 16; ++i) envelope += SignatureLine("witness", "abcd", std::string(5000, 'x'));
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(envelope);
  ASSERT_THAT(checkpoint, IsOk());
  ASSERT_THAT(checkpoint->lines, SizeIs(16));
  EXPECT_EQ(checkpoint->lines[15].signature, std::string(5000, 'x'));
}

TEST(ParseCheckpoint, IsBoundedInBytes) {
  const auto of_size = [](size_t size) {
    const std::string short_one = Unsigned(CheckpointText(kOrigin) + "x\n");
    return Unsigned(absl::StrCat(CheckpointText(kOrigin), "x",
                                 std::string(size - short_one.size(), 'x'), "\n"));
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
        absl::StrCat(CheckpointText(kOrigin), "\n"),
        absl::StrCat(CheckpointText(kOrigin), "\nmore\n"),
        absl::StrCat(CheckpointText(kOrigin), "more\n\n")}) {
    EXPECT_THAT(ParseCheckpoint(Unsigned(text)), StatusIs(kInvalid)) << text;
  }
}

// What looks like a signature before the last empty line is text.
TEST(ParseCheckpoint, SignaturesFollowTheLastEmptyLine) {
  const std::string note = Unsigned(CheckpointText(kOrigin));
  EXPECT_THAT(ParseCheckpoint(absl::StrCat(note, "\n", SignatureLine("witness", "abcd", "x"))),
              StatusIs(kInvalid, HasSubstr("line of its text is empty")));
  const std::string line = SignatureLine("witness", "abcd", "x");
  const absl::StatusOr<Checkpoint> checkpoint =
      ParseCheckpoint(Unsigned(absl::StrCat(CheckpointText(kOrigin), line)));
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_EQ(checkpoint->text, absl::StrCat(CheckpointText(kOrigin), line));
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
    return ParseCheckpoint(absl::StrCat(CheckpointText(kOrigin), "\n", line, "\n"));
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
    return ParseCheckpoint(
        absl::StrCat(CheckpointText(kOrigin), "\n", SignatureLine("name", "abcd", signature)));
  };
  EXPECT_EQ(parse("x")->lines[0].signature, "x");
  EXPECT_THAT(parse(""), StatusIs(kInvalid, HasSubstr("key id")));
}

TEST(ParseCheckpoint, WithoutSignatureLinesIsNone) {
  EXPECT_THAT(ParseCheckpoint(CheckpointText(kOrigin)), StatusIs(kInvalid));
  EXPECT_THAT(ParseCheckpoint(CheckpointText(kOrigin) + "\n"), StatusIs(kInvalid));
  EXPECT_THAT(ParseCheckpoint(CheckpointText(kOrigin) + "\n\n"), StatusIs(kInvalid));
}

// As sha256sum has them, of what openssl writes of keys that it made.
TEST(LogKeyId, IsWhatLogsUse) {
  const PublicKey ecdsa = PublicKey::FromPem(
                              "-----BEGIN PUBLIC KEY-----\n"
                              "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWbGs4tQdQODZqTsoSqFsbCwnQ25D\n"
                              "Zfgs7haetVJZimrFy0vqvnxEkAqlwTD3P+7EPs/6uCDQgdwtjWwGE3LBjA==\n"
                              "-----END PUBLIC KEY-----\n")
                              .value();
  const PublicKey ed25519 = PublicKey::FromPem(
                                "-----BEGIN PUBLIC KEY-----\n"
                                "MCowBQYDK2VwAyEAw0VSZoSxexFy1Id1IAyLsuNh9YnA0A+nF0VAbrYmofY=\n"
                                "-----END PUBLIC KEY-----\n")
                                .value();
  EXPECT_EQ(Hex(LogKeyId(ecdsa, kRekor1, "")),
            "4fe82a9ce8cf61f45ca48f4f8d27590c2c8e04260ed63d0428fea739129917f4");
  EXPECT_EQ(Hex(LogKeyId(ed25519, kRekor2, "log2025.example.org")),
            "80e0aa07661a9711d546ddc0371da15f059a9a74b5b8db7809e952fd01eebdb3");
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

}  // namespace
}  // namespace countersign::cosign
