#include "crypto/message.h"

#include <string_view>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

template <typename Hash>
std::string Hex(const Hash& hash) {
  return absl::BytesToHexString(
      std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
}

// FIPS 180-4's examples ("abc").
TEST(Message, HasTheHashesOfItsBytes) {
  const Message message("abc");
  EXPECT_EQ(message.bytes(), "abc");
  EXPECT_EQ(Hex(message.Sha256()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(message.Sha384()),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(Hex(message.Sha512()),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Message, KeepsAHashOnceItIsComputed) {
  const Message message("abc");
  EXPECT_EQ(&message.Sha256(), &message.Sha256());
  EXPECT_EQ(Hex(Message("").Sha256()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace countersign::crypto
