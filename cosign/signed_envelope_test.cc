#include "cosign/signed_envelope.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/json_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::IsOk;
using base::Json;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Json Good() {
  return {{"payloadType", "text/plain"},
          {"payload", Base64("what is signed")},
          {"signatures", Json::array({{{"keyid", ""}, {"sig", Base64("signature")}}})}};
}

auto Parse(const Json& json) { return ParseSignedEnvelope(json.dump()); }

auto IsRefused(std::string_view why) {
  return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(why)));
}

TEST(SignedEnvelope, HoldsWhatItIsMadeOf) {
  const auto read = Parse(Good());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->envelope.payload_type, "text/plain");
  EXPECT_EQ(read->envelope.payload, "what is signed");
  EXPECT_THAT(read->signatures, ElementsAre("signature"));
}

TEST(SignedEnvelope, HasOneToEightSignatures) {
  Json json = Good();
  Json& signatures = json["signatures"];
  for (int count = 2; count <= 8; ++count) {
    signatures.push_back({{"sig", Base64(absl::StrCat("signature ", count))}});
    const auto read = Parse(json);
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->signatures.size(), static_cast<size_t>(count));
    EXPECT_EQ(read->signatures.back(), absl::StrCat("signature ", count));
  }
  constexpr std::string_view kMany = "/signatures: must hold 1 to 8";
  signatures.push_back({{"sig", Base64("one more")}});
  EXPECT_THAT(Parse(json), IsRefused(kMany));
  const Json another = {{"sig", Base64("one more")}};
  signatures = Json(std::vector<Json>(100'000, another));
  EXPECT_THAT(Parse(json), IsRefused(kMany));
  signatures = Json::array();
  EXPECT_THAT(Parse(json), IsRefused(kMany));
  json.erase("signatures");
  EXPECT_THAT(Parse(json), IsRefused(kMany));
}

TEST(SignedEnvelope, MustHaveEachPart) {
  for (const char* place : {"/payloadType", "/payload", "/signatures/0/sig"}) {
    for (const Json& bad : {Json(""), Json(nullptr), Json(7), Json::object(), Json::array()}) {
      Json json = Good();
      json[Json::json_pointer(place)] = bad;
      EXPECT_THAT(Parse(json), IsRefused(absl::StrCat(place, ": "))) << bad;
    }
  }
  for (const Json& bad : {Json("text"), Json(7), Json::object(), Json(nullptr)}) {
    Json json = Good();
    json["signatures"] = bad;
    EXPECT_THAT(Parse(json), IsRefused("/signatures: ")) << bad;
    json["signatures"] = Json::array({bad.is_object() ? Json("text") : bad});
    EXPECT_THAT(Parse(json), IsRefused("/signatures/0: ")) << bad;
  }
}

TEST(SignedEnvelope, IsInBase64OfEitherAlphabet) {
  Json json = Good();
  for (const char* text : {"-_-_", "+/+/"}) {
    json["payload"] = text;
    const auto read = Parse(json);
    ASSERT_THAT(read, IsOk()) << text;
    EXPECT_EQ(read->envelope.payload, "\xfb\xff\xbf");
  }
  for (const char* text : {"-_+/", "Zm9v\n", "Zm9v ", "Zm9vYg=", "Z"}) {
    json["payload"] = text;
    EXPECT_THAT(Parse(json), IsRefused("/payload: ")) << text;
  }
}

// Unlike a bundle, it is what any client of DSSE may have written.
TEST(SignedEnvelope, MayHaveMoreThanIsKnown) {
  Json json = Good();
  json["more"] = {{"payload", "no payload"}, {"signatures", 7}};
  json["signatures"][0]["more"] = Json::array({1, 2});
  json["signatures"][0]["keyid"] = Json::array({"no text"});
  EXPECT_THAT(Parse(json), IsOk());
}

TEST(SignedEnvelope, HasEachMemberOnce) {
  const std::string good = Good().dump();
  ASSERT_THAT(ParseSignedEnvelope(good), IsOk());
  for (const std::string_view twice : {
           R"({"payloadType":"text/plain",)",
           R"({"payload":"Zm9v",)",
           R"({"p\u0061yload":"Zm9v",)",
           R"({"signatures":[],)",
           R"({"more":{"a":1,"a":1},)",
       }) {
    EXPECT_THAT(ParseSignedEnvelope(absl::StrCat(twice, good.substr(1))), IsRefused("byte "))
        << twice;
  }
}

TEST(SignedEnvelope, IsOneJsonObject) {
  const std::string good = Good().dump();
  for (const std::string& bad :
       {std::string(), std::string("7"), std::string("[]"), std::string("null"), good + good,
        good.substr(1), good.substr(0, good.size() - 1), "\xef\xbb\xbf" + good}) {
    EXPECT_THAT(ParseSignedEnvelope(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
}

TEST(SignedEnvelope, IsLimitedInBytesAndDepth) {
  Json json = Good();
  const size_t rest = json.dump().size() - json["payload"].get<std::string>().size();
  json["payload"] = std::string((kMaxEnvelopeBytes - rest) / 4 * 4, 'A');
  EXPECT_THAT(Parse(json), IsOk());
  json["payload"] = std::string(kMaxEnvelopeBytes, 'A');
  EXPECT_THAT(Parse(json), StatusIs(absl::StatusCode::kInvalidArgument));

  const auto nested = [](int depth) {
    const std::string good = Good().dump();
    return absl::StrCat(R"({"more":)", std::string(depth, '['), std::string(depth, ']'), ",",
                        good.substr(1));
  };
  EXPECT_THAT(ParseSignedEnvelope(nested(kMaxEnvelopeDepth - 1)), IsOk());
  EXPECT_THAT(ParseSignedEnvelope(nested(kMaxEnvelopeDepth)), IsRefused("nested"));
}

}  // namespace
}  // namespace countersign::cosign
