#include "cosign/certificate_json.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::IsOkAndHolds;
using ::countersign::base::Json;
using ::countersign::base::JsonPlace;
using ::countersign::base::StatusIs;
using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

crypto::Certificate Make(std::string_view subject) {
  const crypto::TestKey key = crypto::TestKey::Generate();
  return crypto::MakeTestCertificate({.subject = std::string(subject), .issuer = "ca"}, key);
}

Json Raw(std::string_view bytes) {
  return {{"rawBytes", absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()))}};
}

TEST(ReadCertificate, ReadsItsDer) {
  const crypto::Certificate one = Make("one");
  Json json = Raw(one.der());
  EXPECT_THAT(ReadCertificate(JsonPlace(json)), IsOkAndHolds(one));
  json["more"] = 1;
  EXPECT_THAT(ReadCertificate(JsonPlace(json)), IsOkAndHolds(one));
}

TEST(ReadCertificate, WhatIsNoneIsRefused) {
  const crypto::Certificate one = Make("one");
  const std::string key = crypto::TestKey::Generate().PublicDer();
  for (const std::string& bytes :
       {key, one.der() + "x", one.der().substr(1), one.der() + one.der(), one.Pem()}) {
    const Json json = Raw(bytes);
    EXPECT_THAT(ReadCertificate(JsonPlace(json)), StatusIs(kInvalid, StartsWith("/rawBytes: ")));
  }
  for (const Json& json : {Json::object(), Json{{"rawBytes", nullptr}}, Raw("")}) {
    EXPECT_THAT(ReadCertificate(JsonPlace(json)), StatusIs(kInvalid, "/rawBytes: must be given"));
  }
}

TEST(ReadCertificate, ItsSizeIsBounded) {
  const crypto::TestKey key = crypto::TestKey::Generate();
  const std::string tbs = crypto::WriteTestTbs(
      {.issuer = "ca", .extensions = {{.oid = "1.2.3", .value = std::string(32 << 10, 'x')}}}, key);
  const Json json = Raw(crypto::SignTestTbs(tbs, key));
  EXPECT_THAT(ReadCertificate(JsonPlace(json)), StatusIs(kInvalid, StartsWith("/rawBytes: ")));
}

TEST(ReadCertificateChain, ReadsThemInTheirOrder) {
  const crypto::Certificate one = Make("one");
  const crypto::Certificate two = Make("two");
  const Json json = {{"certificates", Json::array({Raw(one.der()), Raw(two.der())})}};
  const absl::StatusOr<std::vector<crypto::Certificate>> chain =
      ReadCertificateChain(JsonPlace(json));
  EXPECT_THAT(chain, IsOkAndHolds(ElementsAre(one, two)));
}

TEST(ReadCertificateChain, HasOneToTen) {
  for (const Json& json :
       {Json::object(), Json{{"certificates", nullptr}}, Json{{"certificates", Json::array()}}}) {
    EXPECT_THAT(ReadCertificateChain(JsonPlace(json)),
                StatusIs(kInvalid, "/certificates: must hold at least one"));
  }
  Json json = {{"certificates", std::vector<Json>(10, Raw(Make("one").der()))}};
  EXPECT_EQ(ReadCertificateChain(JsonPlace(json))->size(), 10u);
  json["certificates"].push_back(json["certificates"][0]);
  EXPECT_THAT(ReadCertificateChain(JsonPlace(json)),
              StatusIs(kInvalid, "/certificates: must hold at most 10"));
}

TEST(ReadCertificateChain, OneThatIsNoneSpoilsIt) {
  const Json json = {{"certificates", Json::array({Raw(Make("one").der()), Raw("x")})}};
  EXPECT_THAT(ReadCertificateChain(JsonPlace(json)),
              StatusIs(kInvalid, StartsWith("/certificates/1/rawBytes: ")));
  const Json text = {{"certificates", Json::array({"x"})}};
  EXPECT_THAT(ReadCertificateChain(JsonPlace(text)),
              StatusIs(kInvalid, "/certificates/0: must be an object"));
}

}  // namespace
}  // namespace countersign::cosign
