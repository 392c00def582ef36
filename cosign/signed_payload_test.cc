#include "cosign/signed_payload.h"

#include <string>
#include <string_view>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::StatusIs;
using ::testing::HasSubstr;

constexpr std::string_view kByCosign =
    R"({"critical":{"identity":{"docker-reference":"registry.example.org/app"},)"
    R"("image":{"docker-manifest-digest":"sha256:0123"},"type":"cosign container image signature"},)"
    R"("optional":{"who":"me","when":1}})";

// The payload with `critical` as given.
std::string WithCritical(std::string_view critical) {
  return R"({"critical":)" + std::string(critical) + "}";
}

// The payload with the image member as given.
std::string WithImage(std::string_view image) {
  return WithCritical(R"({"image":)" + std::string(image) + "}");
}

TEST(SignedPayload, IsReadAsCosignWritesIt) {
  const absl::StatusOr<SignedPayload> payload = ParseSignedPayload(kByCosign);
  ASSERT_THAT(payload, IsOk());
  EXPECT_EQ(payload->docker_manifest_digest, "sha256:0123");
}

TEST(SignedPayload, NeedsNothingButTheDigest) {
  const absl::StatusOr<SignedPayload> payload =
      ParseSignedPayload(R"({"critical":{"image":{"docker-manifest-digest":"x"}}})");
  ASSERT_THAT(payload, IsOk());
  EXPECT_EQ(payload->docker_manifest_digest, "x");
}

TEST(SignedPayload, OtherMembersDoNotDecide) {
  for (const std::string_view also : {
           R"("type":"atomic container signature")",
           R"("type":null)",
           R"("identity":null)",
           R"("identity":{})",
           R"("identity":{"docker-reference":null})",
           R"("unknown":[1,2,{"critical":null}])",
       }) {
    EXPECT_THAT(ParseSignedPayload(WithCritical(R"({"image":{"docker-manifest-digest":"x"},)" +
                                                std::string(also) + "}")),
                IsOk())
        << also;
  }
  EXPECT_THAT(ParseSignedPayload(R"({"critical":{"image":{"docker-manifest-digest":"x"}},)"
                                 R"("optional":null,"more":1})"),
              IsOk());
}

TEST(SignedPayload, WithoutDigestIsRefused) {
  for (const std::string& bytes : {
           std::string("{}"),
           WithCritical("null"),
           WithCritical("{}"),
           WithImage("null"),
           WithImage("{}"),
           WithImage(R"({"docker-manifest-digest":null})"),
           WithImage(R"({"docker-manifest-digest":""})"),
           WithImage(R"({"Docker-manifest-digest":"sha256:0123"})"),
           // In the wrong place.
           std::string(R"({"docker-manifest-digest":"sha256:0123"})"),
           std::string(R"({"image":{"docker-manifest-digest":"sha256:0123"}})"),
           WithCritical(R"({"docker-manifest-digest":"sha256:0123"})"),
       }) {
    EXPECT_THAT(ParseSignedPayload(bytes),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is missing")))
        << bytes;
  }
}

TEST(SignedPayload, WrongTypesAreRefusedAndSayWhere) {
  const struct {
    std::string bytes;
    std::string where;
  } kCases[] = {
      {WithCritical("[]"), "/critical"},
      {WithCritical(R"("x")"), "/critical"},
      {WithImage(R"("sha256:0123")"), "/critical/image"},
      {WithImage(R"({"docker-manifest-digest":["sha256:0123"]})"),
       "/critical/image/docker-manifest-digest"},
      {WithImage(R"({"docker-manifest-digest":1})"), "/critical/image/docker-manifest-digest"},
      {WithCritical(R"({"image":{"docker-manifest-digest":"x"},"identity":1})"),
       "/critical/identity"},
      {WithCritical(
           R"({"image":{"docker-manifest-digest":"x"},"identity":{"docker-reference":{}}})"),
       "/critical/identity/docker-reference"},
      {WithCritical(R"({"image":{"docker-manifest-digest":"x"},"type":7})"), "/critical/type"},
      {R"({"critical":{"image":{"docker-manifest-digest":"x"}},"optional":"no"})", "/optional"},
  };
  for (const auto& [bytes, where] : kCases) {
    EXPECT_THAT(ParseSignedPayload(bytes),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(where + ":")))
        << bytes;
  }
}

TEST(SignedPayload, WhatIsNoSingleJsonObjectIsRefused) {
  const std::string good(kByCosign);
  for (const std::string& bytes :
       {std::string(), std::string("null"), std::string("[]"), std::string("\"sha256:0123\""),
        "[" + good + "]", good + good, good + "x", good + std::string(1, '\0'),
        "\xef\xbb\xbf" + good, good.substr(0, good.size() - 1), "//\n" + good}) {
    EXPECT_THAT(ParseSignedPayload(bytes), StatusIs(absl::StatusCode::kInvalidArgument)) << bytes;
  }
  EXPECT_THAT(ParseSignedPayload(good + " \n"), IsOk());
}

// Two parsers could each take another of two members.
TEST(SignedPayload, DuplicateMembersAreRefusedAtAnyDepth) {
  for (const std::string& bytes : {
           std::string(R"({"critical":{"image":{"docker-manifest-digest":"x"}},"critical":{}})"),
           WithCritical(R"({"image":{"docker-manifest-digest":"x"},"image":{}})"),
           WithImage(R"({"docker-manifest-digest":"x","docker-manifest-digest":"y"})"),
           WithImage(R"({"docker-manifest-digest":"x","docker-manifest-\u0064igest":"y"})"),
           std::string(R"({"critical":{"image":{"docker-manifest-digest":"x"}},)"
                       R"("optional":{"a":{"b":1,"b":1}}})"),
       }) {
    EXPECT_THAT(ParseSignedPayload(bytes), StatusIs(absl::StatusCode::kInvalidArgument)) << bytes;
  }
}

// A payload whose optional part nests `depth` deep, itself included.
std::string NestedTo(int depth) {
  std::string value = "1";
  for (int i = 2; i < depth; ++i) value = "[" + value + "]";
  return R"({"critical":{"image":{"docker-manifest-digest":"x"}},"optional":{"a":)" + value + "}}";
}

TEST(SignedPayload, DepthIsBounded) {
  EXPECT_THAT(ParseSignedPayload(NestedTo(kMaxPayloadDepth)), IsOk());
  EXPECT_THAT(ParseSignedPayload(NestedTo(kMaxPayloadDepth + 1)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseSignedPayload(NestedTo(10'000)), StatusIs(absl::StatusCode::kInvalidArgument));
}

// What it costs in memory is what is looked at, however many values stand beside it.
TEST(SignedPayload, WhatIsNotLookedAtIsNotCounted) {
  std::string junk = "{}";
  for (int i = 1; i < 100'000; ++i) junk += ",{}";
  EXPECT_THAT(ParseSignedPayload(R"({"critical":{"image":{"docker-manifest-digest":"x"}},)"
                                 R"("optional":{"junk":[)" +
                                 junk + "]}}"),
              IsOk());
}

TEST(SignedPayload, SizeIsBounded) {
  const std::string good(kByCosign);
  EXPECT_THAT(ParseSignedPayload(good + std::string(kMaxPayloadBytes - good.size(), ' ')), IsOk());
  EXPECT_THAT(ParseSignedPayload(good + std::string(kMaxPayloadBytes - good.size() + 1, ' ')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace countersign::cosign
