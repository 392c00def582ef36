#include "cli/trusted_root_report.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::Json;

const absl::Time kStart = absl::FromUnixSeconds(1'600'000'000);
const absl::Time kEnd = absl::FromUnixMillis(1'700'000'000'500);

crypto::Certificate Named(const std::string& name) {
  return crypto::MakeTestCertificate({.subject = name, .issuer = name},
                                     crypto::TestKey::Generate());
}

cosign::TrustedLog Log(const crypto::PublicKey& key) {
  return {.id = "an id",
          .key = key,
          .scheme = crypto::SignatureScheme::kEcdsaSha256,
          .valid_for = {kStart, kEnd},
          .base_url = "https://log.example.org"};
}

cosign::TrustedRoot Root(const crypto::PublicKey& key) {
  cosign::TrustedRoot root;
  root.logs = {Log(key)};
  root.certificate_logs = {Log(key)};
  root.certificate_logs[0].valid_for.end = std::nullopt;
  root.certificate_logs[0].operator_name = "example.org";
  root.certificate_authorities = {
      {{Named("intermediate"), Named("root")}, {kStart, {}}, "https://ca.example.org", ""}};
  root.timestamp_authorities = {
      {{{Named("times")}, {}, kEnd}, "https://times.example.org", "example.org"}};
  root.warnings = {"/tlogs/0/more: is not known"};
  return root;
}

TEST(TrustedRootReport, WritesALineForEach) {
  const auto key = crypto::TestKey::Generate().Public();
  const std::string id = absl::Base64Escape("an id");
  EXPECT_EQ(WriteText(Root(key)),
            absl::StrCat("log          https://log.example.org  ECDSA P-256  id ", id,
                         "  from 2020-09-13T12:26:40Z  until 2023-11-14T22:13:20.5Z\n"
                         "ct-log       https://log.example.org  ECDSA P-256  id ",
                         id,
                         "  of example.org  from 2020-09-13T12:26:40Z\n"
                         "authority    https://ca.example.org  CN=intermediate < CN=root  from "
                         "2020-09-13T12:26:40Z\n"
                         "timestamps   https://times.example.org  CN=times  of example.org  until "
                         "2023-11-14T22:13:20.5Z\n"
                         "warning      /tlogs/0/more: is not known\n"));
}

TEST(TrustedRootReport, WritesJson) {
  const auto key = crypto::TestKey::Generate().Public();
  const Json report = Json::parse(WriteJson(Root(key)));
  EXPECT_EQ(report["logs"], Json::array({{{"url", "https://log.example.org"},
                                          {"operator", ""},
                                          {"key", "ECDSA P-256"},
                                          {"fingerprint", key.Fingerprint()},
                                          {"id", absl::Base64Escape("an id")},
                                          {"from", "2020-09-13T12:26:40Z"},
                                          {"until", "2023-11-14T22:13:20.5Z"}}}));
  EXPECT_EQ(report["certificate_logs"][0]["operator"], "example.org");
  EXPECT_TRUE(report["certificate_logs"][0]["until"].is_null());
  EXPECT_EQ(report["certificate_authorities"],
            Json::array({{{"uri", "https://ca.example.org"},
                          {"operator", ""},
                          {"subjects", {"CN=intermediate", "CN=root"}},
                          {"from", "2020-09-13T12:26:40Z"},
                          {"until", nullptr}}}));
  EXPECT_EQ(report["timestamp_authorities"][0]["subjects"], Json::array({"CN=times"}));
  EXPECT_TRUE(report["timestamp_authorities"][0]["from"].is_null());
  EXPECT_EQ(report["warnings"], Json::array({"/tlogs/0/more: is not known"}));
}

TEST(TrustedRootReport, ShowsNothingThatATerminalObeys) {
  const auto key = crypto::TestKey::Generate().Public();
  cosign::TrustedRoot root = Root(key);
  root.logs[0].base_url = "\x1b[31m\n\xff";
  root.certificate_authorities[0].uri = "\x1b[31m\n\xff";
  root.timestamp_authorities[0].operator_name = "\x1b[31m\n\xff";
  EXPECT_EQ(WriteText(root).find('\x1b'), std::string::npos);
  const std::string json = WriteJson(root);
  EXPECT_EQ(json.find('\x1b'), std::string::npos);
  EXPECT_EQ(json.find('\xff'), std::string::npos);
  EXPECT_EQ(json.find('\n'), json.size() - 1);
}

TEST(TrustedRootReport, OfNothingIsEmpty) {
  EXPECT_EQ(WriteText({}), "");
  EXPECT_EQ(Json::parse(WriteJson({}))["logs"], Json::array());
}

}  // namespace
}  // namespace countersign::cli
