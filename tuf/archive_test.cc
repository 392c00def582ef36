#include "tuf/archive.h"

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "base/test_gzip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tuf/test_archive.h"

namespace countersign::tuf {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

const std::string& Zeros() {
  static const std::string* const kZeros = new std::string(1024, '\0');
  return *kZeros;
}

std::string PaxRecord(std::string_view keyword, std::string_view value) {
  const std::string record = absl::StrCat(" ", keyword, "=", value, "\n");
  size_t size = record.size();
  while (absl::StrCat(size).size() + record.size() != size) ++size;
  return absl::StrCat(size, record);
}

auto IsRefused(std::string_view why) {
  return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(why)));
}

TEST(Archive, HoldsTheFilesOfTheRepository) {
  EXPECT_THAT(ReadArchive(WriteTestArchive({{"1.root.json", "{}"}, {"targets/a.json", "[]"}})),
              IsOkAndHolds(ElementsAre(Pair("1.root.json", "{}"), Pair("targets/a.json", "[]"))));
}

TEST(Archive, TheFolderOfTheRepositoryMayBeMissingOrWrittenOtherwise) {
  for (const char* const folder : {"", "./", "/repository/", "./repository/", "repository/./"}) {
    EXPECT_THAT(ReadTar(TestTarMember(absl::StrCat(folder, "a.json"), "x")),
                IsOkAndHolds(ElementsAre(Pair("a.json", "x"))))
        << folder;
  }
  // Only at the beginning, and whole.
  EXPECT_THAT(ReadTar(TestTarMember("a/repository/b", "x")),
              IsOkAndHolds(ElementsAre(Pair("a/repository/b", "x"))));
  EXPECT_THAT(ReadTar(TestTarMember("repository2/b", "x")),
              IsOkAndHolds(ElementsAre(Pair("repository2/b", "x"))));
}

TEST(Archive, LongNamesAreReadAsEachKindOfTarWritesThem) {
  const std::string name = absl::StrCat("targets/", std::string(128, 'a'), ".json");
  const std::string split = absl::StrCat("targets/", std::string(90, 'b'), "/", "c.json");
  EXPECT_THAT(ReadTar(TestTarMember(split, "x")), IsOkAndHolds(ElementsAre(Pair(split, "x"))));
  EXPECT_THAT(ReadTar(absl::StrCat(
                  TestTarMember(
                      "pax", absl::StrCat(PaxRecord("mtime", "1.5"), PaxRecord("path", name)), 'x'),
                  TestTarMember("short", "x"), TestTarMember("next", "y"))),
              IsOkAndHolds(ElementsAre(Pair("next", "y"), Pair(name, "x"))));
  EXPECT_THAT(ReadTar(absl::StrCat(
                  TestTarMember("././@LongLink", absl::StrCat(name, std::string(1, '\0')), 'L'),
                  TestTarMember("short", "x"))),
              IsOkAndHolds(ElementsAre(Pair(name, "x"))));
}

TEST(Archive, FoldersAndLinksArePassedOver) {
  EXPECT_THAT(ReadTar(absl::StrCat(TestTarMember("a/", "", '5'), TestTarMember("b", "", '2'),
                                   TestTarMember("c", "", '1'), TestTarMember("d/", "", '0'),
                                   TestTarMember("g", PaxRecord("comment", "x"), 'g'),
                                   TestTarMember("e", "x", '\0'))),
              IsOkAndHolds(ElementsAre(Pair("e", "x"))));
}

TEST(Archive, TheNameOfALinkIsNotThatOfTheFileAfterIt) {
  EXPECT_THAT(ReadTar(absl::StrCat(TestTarMember("pax", PaxRecord("path", "link"), 'x'),
                                   TestTarMember("b", "", '2'), TestTarMember("c", "x"))),
              IsOkAndHolds(ElementsAre(Pair("c", "x"))));
}

TEST(Archive, OfAFileThatComesTwiceTheLaterCounts) {
  EXPECT_THAT(ReadTar(absl::StrCat(TestTarMember("a", "old"), TestTarMember("./a", "new"))),
              IsOkAndHolds(ElementsAre(Pair("a", "new"))));
}

TEST(Archive, ZerosEndIt) {
  EXPECT_THAT(ReadTar(absl::StrCat(TestTarMember("a", "x"), Zeros(), "whatever follows")),
              IsOkAndHolds(ElementsAre(Pair("a", "x"))));
  EXPECT_THAT(ReadTar(Zeros()), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(ReadTar(""), IsOkAndHolds(IsEmpty()));
}

TEST(Archive, NoPathLeadsOutOfIt) {
  for (const char* const name : {"..", "../a", "a/../../b", "repository/../a", "a/.."}) {
    EXPECT_THAT(ReadTar(TestTarMember(name, "x")), IsRefused("leads out")) << name;
  }
  EXPECT_THAT(ReadTar(TestTarMember("..a/b..", "x")), base::IsOk());
  EXPECT_THAT(ReadTar(TestTarMember(".", "x")), IsRefused("no path"));
  EXPECT_THAT(ReadTar(absl::StrCat(TestTarMember("pax", PaxRecord("path", "a/../../b"), 'x'),
                                   TestTarMember("c", "x"))),
              IsRefused("leads out"));
}

TEST(Archive, WhatIsMalformedIsRefused) {
  EXPECT_THAT(ReadArchive("hello world\n"), IsRefused("gzip: invalid header"));
  EXPECT_THAT(ReadArchive(base::EncodeTestGzip("hello world\n")), IsRefused("tar: unexpected end"));
  const std::string member = TestTarMember("a", std::string(600, 'x'));
  EXPECT_THAT(ReadTar(member.substr(0, 1000)), IsRefused("unexpected end"));
  EXPECT_THAT(ReadTar(member.substr(0, 511)), IsRefused("unexpected end"));
  // What is missing is padding alone.
  EXPECT_THAT(ReadTar(member.substr(0, 512 + 600)), base::IsOk());
  std::string other = member;
  other[0] = 'b';
  EXPECT_THAT(ReadTar(other), IsRefused("a header is malformed"));
  for (const std::string& pax :
       {std::string("9 path=a"), std::string("x path=a\n"), std::string("99 path=a\n"),
        std::string("1 path=a\n"), std::string("4294967297 path=a\n"), std::string("path")}) {
    EXPECT_THAT(ReadTar(TestTarMember("pax", pax, 'x')), IsRefused("a pax header")) << pax;
  }
  EXPECT_THAT(ReadTar(TestTarMember("pax", PaxRecord("size", "9"), 'x')),
              IsRefused("another size"));
  EXPECT_THAT(
      ReadTar(absl::StrCat(TestTarMember("pax", PaxRecord("path", std::string("a\0b", 3)), 'x'),
                           TestTarMember("c", "x"))),
      IsRefused("a path is malformed"));
}

TEST(Archive, ItsSizeIsBounded) {
  const auto is_too_much = StatusIs(absl::StatusCode::kResourceExhausted);
  // Thirty kilobytes of gzip.
  EXPECT_THAT(ReadArchive(base::EncodeTestGzip(std::string(kMaxArchiveBytes + 1, '\0'))),
              is_too_much);
  EXPECT_THAT(ReadTar(std::string(kMaxArchiveBytes + 1, '\0')), is_too_much);
  std::string many;
  for (size_t i = 0; i < kMaxArchiveFiles; ++i) many += TestTarMember(absl::StrCat(i), "");
  EXPECT_THAT(ReadTar(many), base::IsOk());
  EXPECT_THAT(ReadTar(absl::StrCat(many, TestTarMember("more", ""))), is_too_much);
  const std::string name(kMaxArchiveNameBytes + 1, 'a');
  EXPECT_THAT(ReadTar(absl::StrCat(TestTarMember("pax", PaxRecord("path", name), 'x'),
                                   TestTarMember("c", "x"))),
              IsRefused("a path is too long"));
}

}  // namespace
}  // namespace countersign::tuf
