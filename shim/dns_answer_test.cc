#include "shim/dns_answer.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kA = 1;
constexpr char kCname = 5;
constexpr char kAaaa = 28;

// A header for one question and so many answers, and the question: verifier.test, class IN.
std::string Begin(char answers) {
  std::string begin("\x12\x34\x81\x80\0\1\0\0\0\0\0\0", 12);
  begin[7] = answers;
  return begin.append(std::string_view("\x8verifier\4test\0\0\1\0\1", 19));
}

// Of the name in the question, for no time.
std::string Record(char type, std::string_view data) {
  std::string record("\xc0\x0c\0\0\0\1\0\0\0\0\0\0", 12);
  record[3] = type;
  record[11] = static_cast<char>(data.size());
  return record.append(data);
}

constexpr std::string_view kFirst("\xc0\x00\x02\x01", 4);
constexpr std::string_view kSecond("\xc0\x00\x02\x02", 4);
constexpr std::string_view kV6("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);

TEST(AddressesInAnswer, AreThoseOfBothFamilies) {
  EXPECT_THAT(
      AddressesInAnswer(Begin(3) + Record(kA, kSecond) + Record(kAaaa, kV6) + Record(kA, kFirst)),
      ElementsAre("192.0.2.2", "2001:db8::1", "192.0.2.1"));
  EXPECT_THAT(AddressesInAnswer(Begin(0)), IsEmpty());
}

TEST(AddressesInAnswer, AnAliasIsPassedOver) {
  std::string own_name("\1a\4test\0", 8);
  std::string record = Record(kA, kFirst);
  record.replace(0, 2, own_name);
  EXPECT_THAT(AddressesInAnswer(Begin(2) + Record(kCname, own_name) + record),
              ElementsAre("192.0.2.1"));
}

TEST(AddressesInAnswer, AnAddressOfAnotherLengthIsNone) {
  EXPECT_THAT(AddressesInAnswer(Begin(4) + Record(kA, "abc") + Record(kAaaa, kFirst) +
                                Record(kA, kV6) + Record(kA, kFirst)),
              ElementsAre("192.0.2.1"));
}

TEST(AddressesInAnswer, WhatIsNoAnswerIsNotRead) {
  EXPECT_THAT(AddressesInAnswer(Begin(1) + Record(kA, kFirst) + Record(kA, kSecond)),
              ElementsAre("192.0.2.1"));
}

TEST(AddressesInAnswer, AMessageThatIsCutOffGivesWhatItHas) {
  const std::string whole = Begin(2) + Record(kA, kFirst) + Record(kA, kSecond);
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto addresses = AddressesInAnswer(std::string_view(whole).substr(0, size));
    if (size < whole.size() - Record(kA, kSecond).size()) {
      EXPECT_THAT(addresses, IsEmpty()) << size;
    } else {
      EXPECT_THAT(addresses, ElementsAre("192.0.2.1")) << size;
    }
  }
}

TEST(AddressesInAnswer, ALabelOfAnUnknownKindEndsIt) {
  std::string record = Record(kA, kFirst);
  record[0] = '\x40';
  EXPECT_THAT(AddressesInAnswer(Begin(2) + record + Record(kA, kSecond)), IsEmpty());
}

}  // namespace
}  // namespace countersign::shim
