#include "crypto/sha256.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

// FIPS 180-4's examples, as in NIST's "Examples with Intermediate Values", SHA256.pdf and
// SHA2_Additional.pdf.
TEST(Sha256, HashesTheStandardsExamples) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, '\0')),
            "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025");
}

TEST(Sha256, HashesNothing) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex(std::string_view()), Sha256Hex(""));
}

TEST(Sha256, HashesZeroBytes) { EXPECT_NE(Sha256Hex(std::string(1, '\0')), Sha256Hex("")); }

TEST(Sha256, GivesTheBytesThatTheHexSpells) {
  EXPECT_THAT(Sha256("abc"), testing::SizeIs(32));
  EXPECT_EQ(Sha256("abc").front(), 0xba);
  EXPECT_EQ(Sha256("abc").back(), 0xad);
}

}  // namespace
}  // namespace countersign::crypto
