#include "http/client/ca_bundle.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::http {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string Pem(std::string_view label, std::string_view der) {
  return absl::StrCat("-----BEGIN ", label, "-----\n", absl::Base64Escape(der), "\n-----END ",
                      label, "-----\n");
}

// SEQUENCE { SEQUENCE {}, SEQUENCE {}, BIT STRING 00 }: the least that has a certificate's form.
const std::string kDer("\x30\x07\x30\x00\x30\x00\x03\x01\x00", 9);
const std::string kPem = "-----BEGIN CERTIFICATE-----\nMAcwADAAAwEA\n-----END CERTIFICATE-----\n";

absl::Status Refused(std::string_view text) {
  return absl::Status(absl::StatusCode::kInvalidArgument, text);
}

TEST(NormalizeCertificates, TakesBlocksAndLeavesWhatIsAroundThem) {
  EXPECT_EQ(Pem("CERTIFICATE", kDer), kPem);
  EXPECT_THAT(NormalizeCertificates(kPem), IsOkAndHolds(kPem));
  EXPECT_THAT(
      NormalizeCertificates(absl::StrCat("# a root\r\n", kPem, "subject=x\n", kPem, "tail")),
      IsOkAndHolds(absl::StrCat(kPem, kPem)));
  EXPECT_THAT(
      NormalizeCertificates(
          "-----BEGIN CERTIFICATE-----\r\nMAcw\r\nADAA\r\nAwEA\r\n-----END CERTIFICATE-----"),
      IsOkAndHolds(kPem));
}

// deploy/policy_renderings_test.py holds the chart to the same files.
TEST(NormalizeCertificates, FilesAsPeopleHaveThem) {
  int seen = 0;
  for (const bool is_good : {true, false}) {
    const std::string folder = absl::StrCat("testdata/authorities/", is_good ? "good" : "bad");
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const absl::StatusOr<std::string> pem = base::LoadFile(entry.path());
      ASSERT_THAT(pem, base::IsOk());
      EXPECT_EQ(NormalizeCertificates(*pem).ok(), is_good) << entry.path();
      ++seen;
    }
  }
  EXPECT_GE(seen, 18);
}

TEST(NormalizeCertificates, SaysWhichBlockIsBrokenAndHow) {
  EXPECT_EQ(NormalizeCertificates("").status(), Refused("holds no PEM certificate"));
  EXPECT_EQ(NormalizeCertificates("MAcwADAAAwEA").status(), Refused("holds no PEM certificate"));
  EXPECT_EQ(NormalizeCertificates(kPem + "-----BEGIN CERTIFICATE-----\nMAcw").status(),
            Refused("PEM block 2: has no END line"));
  EXPECT_EQ(NormalizeCertificates(kPem + kPem + "-----BEGIN CERT").status(),
            Refused("PEM block 3: has no complete BEGIN line"));
  EXPECT_THAT(
      NormalizeCertificates("-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----"),
      StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("PEM block 1: is not base64: ")));
  EXPECT_EQ(NormalizeCertificates(kPem + Pem("PRIVATE KEY", kDer)).status(),
            Refused("PEM block 2: is not a CERTIFICATE but something else"));
}

TEST(NormalizeCertificates, RefusesWhatHasNotACertificatesForm) {
  for (const std::string& der :
       {std::string(), std::string("junk"), kDer + "x", kDer.substr(0, 8),
        std::string("\x30\x80\x30\x00\x30\x00\x03\x01\x00", 9),
        std::string("\x30\x84\x01\x01\x01", 5), std::string("\x30\x04\x30\x00\x30\x00", 6),
        std::string("\x31\x07\x30\x00\x30\x00\x03\x01\x00", 9), std::string("\x30\xff", 2),
        std::string("\x30\x09\x30\x00\x30\x00\x03\x01\x00\x05\x00", 11)}) {
    EXPECT_EQ(NormalizeCertificates(Pem("CERTIFICATE", der)).status(),
              Refused("PEM block 1: is not the DER encoding of a certificate"))
        << absl::BytesToHexString(der);
  }
}

TEST(BuildCaBundle, IsTheSystemsRootsAndThenTheExtraOnes) {
  const std::string file = testing::TempDir() + "/roots.pem";
  std::ofstream(file) << "the roots";
  setenv("SSL_CERT_FILE", file.c_str(), 1);
  EXPECT_THAT(BuildCaBundle({}), IsOkAndHolds("the roots"));
  EXPECT_THAT(BuildCaBundle({kPem}), IsOkAndHolds(AllOf(StartsWith("the roots"), EndsWith(kPem))));
  EXPECT_THAT(BuildCaBundle({kPem, "x"}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "extra certificates 2: holds no PEM certificate"));

  setenv("SSL_CERT_FILE", (file + ".absent").c_str(), 1);
  EXPECT_THAT(BuildCaBundle({}), IsOkAndHolds(""));

  unsetenv("SSL_CERT_FILE");
  EXPECT_THAT(BuildCaBundle({}), IsOkAndHolds(HasSubstr("BEGIN CERTIFICATE")));
}

}  // namespace
}  // namespace countersign::http
