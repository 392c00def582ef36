// What a log says of an envelope whose text is known, as an attestation layer's is.

#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "cosign/log_body.h"
#include "cosign/log_body_fixture.h"
#include "cosign/test_log.h"
#include "crypto/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::Json;
using ::testing::HasSubstr;
using ::testing::Optional;
using Content = LoggedSignature::Content;

constexpr Kind kInToto1 = {"intoto", "0.0.1", Content::kEnvelope};
constexpr Kind kKindsOfText[] = {kDsse, kInToto, kInToto1};

class LogBodyTextTest : public ::testing::Test {
 protected:
  LoggedSignature View() const {
    LoggedSignature view = signature_.View();
    view.text_sha256 = text_sha256_;
    return view;
  }
  std::optional<std::string> WhyOf(const Kind& kind, const Json& body) const {
    return WhyLoggedOtherwise(Entry(kind, body.dump()), View());
  }
  Json BodyOf(const Kind& kind) const { return Json::parse(Body(kind, View())); }
  std::optional<std::string> WhyIf(const Kind& kind, std::string_view pointer,
                                   const Json& value) const {
    Json body = BodyOf(kind);
    body[Json::json_pointer(std::string(pointer))] = value;
    return WhyOf(kind, body);
  }

  TestLoggedSignature signature_{Content::kEnvelope};
  std::string text_sha256_ = crypto::Sha256Hex("the envelope");
};

std::string_view HashPlace(const Kind& kind) {
  return kind.name == kDsse.name ? "/spec/envelopeHash" : "/spec/content/hash";
}

std::string_view SignaturesPlace(const Kind& kind) {
  return kind.name == kDsse.name ? "/spec/signatures" : "/spec/content/envelope/signatures";
}

TEST_F(LogBodyTextTest, IsOfTheEnvelopesSignatureByKeyOrCertificate) {
  for (const bool is_certified : {false, true}) {
    if (is_certified) signature_.Certify();
    for (const Kind& kind : kKindsOfText) {
      EXPECT_EQ(WhyOf(kind, BodyOf(kind)), std::nullopt) << kind.name << " " << kind.version;
    }
  }
}

TEST_F(LogBodyTextTest, OfAnotherTextIsRefused) {
  for (const Kind& kind : kKindsOfText) {
    const std::string place(HashPlace(kind));
    EXPECT_THAT(WhyIf(kind, place + "/value", crypto::Sha256Hex("another")),
                Optional(HasSubstr("another text")))
        << kind.name << " " << kind.version;
    for (const char* name : {"sha512", "SHA256", "SHA2_256"}) {
      EXPECT_THAT(WhyIf(kind, place + "/algorithm", name), Optional(HasSubstr("another text")));
    }
    EXPECT_THAT(WhyIf(kind, place, nullptr), IsMalformed(place));
  }
}

TEST_F(LogBodyTextTest, OfAnotherSignerIsRefused) {
  const TestLoggedSignature other(Content::kEnvelope);
  for (const Kind& kind : kKindsOfText) {
    LoggedSignature logged = View();
    logged.key = &other.key;
    EXPECT_THAT(WhyLoggedOtherwise(Entry(kind, Body(kind, logged)), View()),
                Optional(HasSubstr("another signer")))
        << kind.name << " " << kind.version;
  }
}

TEST_F(LogBodyTextTest, OfAnotherPayloadIsRefused) {
  for (const Kind& kind : kKindsOfText) {
    LoggedSignature logged = View();
    logged.payload = "another";
    EXPECT_THAT(WhyLoggedOtherwise(Entry(kind, Body(kind, logged)), View()),
                Optional(HasSubstr("another payload")))
        << kind.name << " " << kind.version;
  }
}

TEST_F(LogBodyTextTest, OfTheTextAloneMayLeaveThePayloadOut) {
  Json body = BodyOf(kInToto1);
  body["spec"]["content"].erase("payloadHash");
  EXPECT_EQ(WhyOf(kInToto1, body), std::nullopt);
}

// The text holds the signature, which then is not there a second time.
TEST_F(LogBodyTextTest, OfTheTextAloneMeansNothingWithoutIt) {
  EXPECT_THAT(WhyLoggedOtherwise(Entry(kInToto1, Body(kInToto1, View())), signature_.View()),
              Optional(HasSubstr("not known")));
}

TEST_F(LogBodyTextTest, IsOfOneOfUpToEightSignatures) {
  const TestLoggedSignature other(Content::kEnvelope);
  for (const Kind& kind : {kDsse, kInToto}) {
    const Json::json_pointer place{std::string(SignaturesPlace(kind))};
    const Json named = BodyOf(kind).at(place).at(0);
    LoggedSignature logged = other.View();
    logged.text_sha256 = text_sha256_;
    const Json strangers = Json::parse(Body(kind, logged)).at(place).at(0);
    Json body = BodyOf(kind);
    Json& signatures = body.at(place);
    signatures = Json::array({strangers});
    EXPECT_THAT(WhyOf(kind, body), Optional(HasSubstr("another signature"))) << kind.name;
    while (signatures.size() < 7) signatures.push_back(strangers);
    signatures.push_back(named);
    EXPECT_EQ(WhyOf(kind, body), std::nullopt) << kind.name;
    // Of a bundle there is one.
    EXPECT_THAT(WhyLoggedOtherwise(Entry(kind, body.dump()), signature_.View()),
                IsMalformed(absl::StrCat(SignaturesPlace(kind), ": must hold exactly one")));
    signatures.push_back(named);
    EXPECT_THAT(WhyOf(kind, body),
                IsMalformed(absl::StrCat(SignaturesPlace(kind), ": must hold 1 to 8")));
    signatures = Json::array();
    EXPECT_THAT(WhyOf(kind, body), IsMalformed(SignaturesPlace(kind)));
  }
}

}  // namespace
}  // namespace countersign::cosign
