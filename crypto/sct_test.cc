#include "crypto/sct.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status_matchers.h"
#include "crypto/der.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "crypto/test_key.h"
#include "crypto/test_sct.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::IsEmpty;
using ::testing::SizeIs;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr std::string_view kMalformed = "its list of signed certificate timestamps is malformed";

TEST(SctList, IsReadAsItIsWritten) {
  const TestSct one = {.extensions = std::string("\0\0\5\0\0\0\0p", 8)};
  const TestSct two = {.log_id = std::string(32, 'M'), .milliseconds = 0, .algorithms = "\4\1"};
  const absl::StatusOr<std::vector<Sct>> scts =
      ParseSctList(WriteTestSctList({one.Write(), two.Write()}));
  ASSERT_THAT(scts, IsOkAndHolds(SizeIs(2)));
  EXPECT_EQ(std::string((*scts)[0].log_id.begin(), (*scts)[0].log_id.end()), one.log_id);
  EXPECT_EQ((*scts)[0].time, absl::FromUnixMillis(1'800'000'000'123));
  EXPECT_EQ((*scts)[0].extensions, one.extensions);
  EXPECT_EQ((*scts)[0].scheme, SignatureScheme::kEcdsaSha256);
  EXPECT_EQ((*scts)[0].signature, "signature");
  EXPECT_EQ((*scts)[1].log_id[0], 'M');
  EXPECT_EQ((*scts)[1].time, absl::UnixEpoch());
  EXPECT_EQ((*scts)[1].extensions, "");
  EXPECT_EQ((*scts)[1].scheme, SignatureScheme::kRsaPkcs1Sha256);
}

TEST(SctList, KeepsOutUnknownVersions) {
  const std::string good = TestSct().Write();
  EXPECT_THAT(ParseSctList(WriteTestSctList({"\x01", good, "\x02whatever", "\xff"})),
              IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(ParseSctList(WriteTestSctList({TestSct{.version = "\x01"}.Write()})),
              IsOkAndHolds(IsEmpty()));
}

TEST(SctList, SaysNoSchemeForOtherAlgorithms) {
  // SHA-384, SHA-1, none; DSA, Ed25519, anonymous.
  for (const char* other :
       {"\x05\x03", "\x02\x03", "\x04\x02", "\x08\x07", "\x05\x01", "\x04\x08"}) {
    const absl::StatusOr<std::vector<Sct>> scts =
        ParseSctList(WriteTestSctList({TestSct{.algorithms = other}.Write()}));
    ASSERT_THAT(scts, IsOkAndHolds(SizeIs(1)));
    EXPECT_EQ(scts->front().scheme, SignatureScheme::kUnspecified);
  }
}

TEST(SctList, HasTimesUntilTheYear9999) {
  constexpr uint64_t kLast = 253402300799999;
  EXPECT_THAT(ParseSctList(WriteTestSctList({TestSct{.milliseconds = kLast}.Write()})), IsOk());
  for (const uint64_t later : {kLast + 1, uint64_t{1} << 63, ~uint64_t{0}}) {
    EXPECT_THAT(ParseSctList(WriteTestSctList({TestSct{.milliseconds = later}.Write()})),
                StatusIs(kInvalid, kMalformed));
  }
}

TEST(SctList, HasSixteenAtMost) {
  const std::string good = TestSct().Write();
  EXPECT_THAT(ParseSctList(WriteTestSctList(std::vector<std::string>(kMaxScts, good))),
              IsOkAndHolds(SizeIs(16)));
  EXPECT_THAT(ParseSctList(WriteTestSctList(std::vector<std::string>(kMaxScts + 1, good))),
              StatusIs(absl::StatusCode::kResourceExhausted));
  // Also of those that are kept out.
  EXPECT_THAT(ParseSctList(WriteTestSctList(std::vector<std::string>(kMaxScts + 1, "\x01"))),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

// Every length in it, one less and one more than it should be.
TEST(SctList, HasExactLengths) {
  const TestSct sct = {.extensions = "extension"};
  const std::string bytes = sct.Write();
  const std::string list = WriteTestPrefixed(bytes, 2);
  const std::string good = WriteTestPrefixed(list, 2);
  const auto read = [](std::string_view tls) {
    return ParseSctList(WriteDer(DerTag::kOctetString, {tls}));
  };
  ASSERT_THAT(read(good), IsOkAndHolds(SizeIs(1)));
  const size_t sct_at = 4;
  const size_t extensions_at = sct_at + 1 + 32 + 8;
  const size_t signature_at = good.size() - sct.signature.size() - 2;
  for (const size_t at : {size_t{0}, size_t{2}, extensions_at, signature_at}) {
    for (const int change : {-1, 1}) {
      std::string changed = good;
      changed[at + 1] = static_cast<char>(changed[at + 1] + change);
      EXPECT_THAT(read(changed), StatusIs(kInvalid, kMalformed)) << at << " " << change;
    }
  }
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_THAT(read(good.substr(0, size)), StatusIs(kInvalid, kMalformed)) << size;
  }
  EXPECT_THAT(read(good + "x"), StatusIs(kInvalid, kMalformed));
}

TEST(SctList, HasNothingEmptyAndIsAnOctetString) {
  const std::string good = TestSct().Write();
  for (const std::string& bad : {
           WriteTestSctList({}),
           WriteTestSctList({good, ""}),
           WriteTestSctList({""}),
           WriteTestSctList({std::string(1, '\0')}),
           WriteTestSctList({good}) + "x",
           std::string(),
           WriteTestPrefixed(WriteTestPrefixed(good, 2), 2),
           WriteDer(DerTag::kBitString, {WriteTestPrefixed(WriteTestPrefixed(good, 2), 2)}),
           WriteDer(DerTag::kOctetString, {WriteTestSctList({good})}),
       }) {
    EXPECT_THAT(ParseSctList(bad), StatusIs(kInvalid, kMalformed));
  }
}

// What a log, an authority and a signer make together.
struct Made {
  TestKey log = TestKey::Generate();
  TestKey authority = TestKey::Generate(TestKeyType::kEcdsaP384);
  TestCertificate parts = {
      .issuer = "root",
      .extensions = {{.oid = "1.2.3.4", .value = "a", .says_not_critical = true},
                     TestUri("https://example.org/"),
                     {.oid = "1.3.6.1.4.1.57264.1.8", .value = std::string(300, 'x')}}};
  size_t place = 1;
  std::string sct_extensions;

  Certificate Issuer() const {
    return MakeTestCertificate({.subject = "root",
                                .issuer = "root",
                                .key = authority,
                                .extensions = {TestBasicConstraints(true)}},
                               authority);
  }

  std::string List() const {
    return WriteTestSctList(
        {SignTestSct({.extensions = sct_extensions}, parts, authority, log).Write()});
  }

  Certificate Leaf() const { return LeafWith(List()); }

  Certificate LeafWith(std::string_view list) const {
    TestCertificate with_list = parts;
    with_list.extensions.insert(
        with_list.extensions.begin() + static_cast<ptrdiff_t>(place),
        TestExtension{.oid = std::string(kTestSctListOid), .value = std::string(list)});
    return MakeTestCertificate(with_list, authority);
  }
};

// Whether the only timestamp of the leaf verifies.
bool Verifies(const Certificate& leaf, const Certificate& issuer, const PublicKey& log) {
  const absl::StatusOr<std::vector<Sct>> scts = EmbeddedScts(leaf);
  return scts.ok() && scts->size() == 1 && VerifySct(scts->front(), leaf, issuer, log);
}

TEST(VerifySct, HoldsWhereverTheListStands) {
  Made made;
  for (made.place = 0; made.place <= made.parts.extensions.size(); ++made.place) {
    EXPECT_TRUE(Verifies(made.Leaf(), made.Issuer(), made.log.Public())) << made.place;
  }
}

TEST(VerifySct, HoldsIfThereIsNoOtherExtension) {
  Made made;
  made.place = 0;
  made.parts.extensions.clear();
  EXPECT_TRUE(Verifies(made.Leaf(), made.Issuer(), made.log.Public()));
}

// The sequence of the others needs a byte less for its length than all of them.
TEST(VerifySct, HoldsWhereALengthGetsShorter) {
  for (const size_t size : {100u, 110u, 120u, 200u, 230u}) {
    Made made;
    made.place = 1;
    made.parts.extensions = {{.oid = "1.2.3", .value = std::string(size, 'x')}};
    EXPECT_TRUE(Verifies(made.Leaf(), made.Issuer(), made.log.Public())) << size;
  }
}

TEST(VerifySct, HoldsByRsa) {
  const Made made = {.log = TestKey::Generate(TestKeyType::kRsa2048)};
  EXPECT_TRUE(Verifies(made.Leaf(), made.Issuer(), made.log.Public()));
}

TEST(VerifySct, CoversItsExtensions) {
  Made made;
  made.sct_extensions = std::string("\0\0\5\0\0\0\0p", 8);
  const Certificate leaf = made.Leaf();
  Sct sct = EmbeddedScts(leaf)->front();
  EXPECT_TRUE(VerifySct(sct, leaf, made.Issuer(), made.log.Public()));
  sct.extensions.clear();
  EXPECT_FALSE(VerifySct(sct, leaf, made.Issuer(), made.log.Public()));
}

TEST(VerifySct, CoversItsTime) {
  const Made made;
  const Certificate leaf = made.Leaf();
  Sct sct = EmbeddedScts(leaf)->front();
  sct.time += absl::Milliseconds(1);
  EXPECT_FALSE(VerifySct(sct, leaf, made.Issuer(), made.log.Public()));
}

TEST(VerifySct, NeedsTheLogsKey) {
  const Made made;
  EXPECT_FALSE(Verifies(made.Leaf(), made.Issuer(), TestKey::Generate().Public()));
  EXPECT_FALSE(
      Verifies(made.Leaf(), made.Issuer(), TestKey::Generate(TestKeyType::kRsa2048).Public()));
}

TEST(VerifySct, NeedsTheSchemeThatItNames) {
  const Made made;
  const Certificate leaf = made.Leaf();
  Sct sct = EmbeddedScts(leaf)->front();
  for (const SignatureScheme other : {SignatureScheme::kUnspecified, SignatureScheme::kEcdsaSha384,
                                      SignatureScheme::kRsaPkcs1Sha256}) {
    sct.scheme = other;
    EXPECT_FALSE(VerifySct(sct, leaf, made.Issuer(), made.log.Public()));
  }
}

TEST(VerifySct, NeedsTheIssuersKey) {
  const Made made;
  const Made other;
  EXPECT_FALSE(Verifies(made.Leaf(), other.Issuer(), made.log.Public()));
  EXPECT_FALSE(Verifies(made.Leaf(), made.Leaf(), made.log.Public()));
}

TEST(VerifySct, IsForNoOtherCertificate) {
  Made made;
  const std::string list = made.List();
  EXPECT_TRUE(Verifies(made.LeafWith(list), made.Issuer(), made.log.Public()));
  made.parts.serial = 2;
  EXPECT_FALSE(Verifies(made.LeafWith(list), made.Issuer(), made.log.Public()));
  made.parts.serial = 1;
  made.parts.extensions[0].says_not_critical = false;
  EXPECT_FALSE(Verifies(made.LeafWith(list), made.Issuer(), made.log.Public()));
}

TEST(VerifySct, NeedsTheListInTheCertificate) {
  Made made;
  const Sct sct = EmbeddedScts(made.Leaf())->front();
  const Certificate without = MakeTestCertificate(made.parts, made.authority);
  EXPECT_FALSE(VerifySct(sct, without, made.Issuer(), made.log.Public()));
}

TEST(EmbeddedScts, AreNoneWithoutAList) {
  const Made made;
  EXPECT_THAT(EmbeddedScts(MakeTestCertificate(made.parts, made.authority)),
              IsOkAndHolds(IsEmpty()));
}

TEST(EmbeddedScts, AreRefusedInTwoLists) {
  Made made;
  TestCertificate parts = made.parts;
  for (int i = 0; i < 2; ++i) {
    parts.extensions.push_back({.oid = std::string(kTestSctListOid), .value = made.List()});
  }
  const Certificate leaf =
      Certificate::FromDer(SignTestTbs(WriteTestTbs(parts, made.authority), made.authority))
          .value();
  EXPECT_THAT(EmbeddedScts(leaf), StatusIs(kInvalid, "it has an extension twice"));
  const Sct sct = EmbeddedScts(made.Leaf())->front();
  EXPECT_FALSE(VerifySct(sct, leaf, made.Issuer(), made.log.Public()));
}

TEST(EmbeddedScts, AreRefusedInAPrecertificate) {
  Made made;
  made.parts.extensions.push_back({.oid = "1.3.6.1.4.1.11129.2.4.3",
                                   .is_critical = true,
                                   .value = WriteDer(DerTag::kNull, {})});
  EXPECT_THAT(EmbeddedScts(made.Leaf()), StatusIs(kInvalid, "it is a precertificate"));
}

TEST(EmbeddedScts, AreRefusedIfTheListIsMalformed) {
  const Made made;
  EXPECT_THAT(EmbeddedScts(made.LeafWith("no list")), StatusIs(kInvalid, kMalformed));
}

}  // namespace
}  // namespace countersign::crypto
