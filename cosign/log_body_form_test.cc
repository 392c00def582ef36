#include "cosign/log_body_form.h"

// How the body of a log's entry is written: nothing has a second spelling.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/json.h"
#include "base/pem_block.h"
#include "cosign/json_fixture.h"
#include "cosign/log_body.h"
#include "cosign/log_body_fixture.h"
#include "cosign/log_entry_json.h"
#include "cosign/test_log.h"
#include "crypto/sha256.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::Json;
using crypto::TestKey;
using crypto::TestKeyType;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using Content = LoggedSignature::Content;

TEST(LogBodyForm, NamesHashesAsItsGenerationDoes) {
  const TestLoggedSignature message(Content::kMessage);
  const TestLoggedSignature envelope(Content::kEnvelope);
  for (const char* name : {"SHA2_256", "SHA256", "sha-256", "sha1", "sha512"}) {
    EXPECT_THAT(WhyWith(kHashedRekord1, message, "/spec/data/hash/algorithm", name),
                Optional(HasSubstr("another kind of hash")))
        << name;
    EXPECT_THAT(WhyWith(kRekord, message, "/spec/data/hash/algorithm", name),
                Optional(HasSubstr("another kind of hash")))
        << name;
    EXPECT_THAT(WhyWith(kDsse, envelope, "/spec/payloadHash/algorithm", name),
                Optional(HasSubstr("another kind of hash")))
        << name;
    EXPECT_THAT(WhyWith(kInToto, envelope, "/spec/content/payloadHash/algorithm", name),
                Optional(HasSubstr("another kind of hash")))
        << name;
  }
  for (const char* name : {"sha256", "SHA256", "SHA2_512", "SHA3_256"}) {
    EXPECT_THAT(WhyWith(kHashedRekord2, message, "/spec/hashedRekordV002/data/algorithm", name),
                Optional(HasSubstr("another kind of hash")))
        << name;
  }
}

TEST(LogBodyForm, WritesDigestsInLowerCase) {
  const TestLoggedSignature signature(Content::kMessage);
  const std::string hex = crypto::Sha256Hex(signature.signed_bytes.bytes());
  ASSERT_EQ(WhyWith(kHashedRekord1, signature, "/spec/data/hash/value", hex), std::nullopt);
  EXPECT_THAT(
      WhyWith(kHashedRekord1, signature, "/spec/data/hash/value", absl::AsciiStrToUpper(hex)),
      Optional(HasSubstr("another artifact")));
  EXPECT_THAT(WhyWith(kHashedRekord1, signature, "/spec/data/hash/value", "sha256:" + hex),
              Optional(HasSubstr("another artifact")));
}

constexpr std::string_view kDetails = "/spec/hashedRekordV002/signature/verifier/keyDetails";

TEST(LogBodyForm, OfRekor2SaysWhatKeyItIs) {
  const TestLoggedSignature signature(Content::kMessage);
  for (const char* name :
       {"PKIX_ECDSA_P384_SHA_256", "PKIX_RSA_PKCS1V15_2048_SHA256", "PKIX_ED25519_PH"}) {
    EXPECT_THAT(WhyWith(kHashedRekord2, signature, kDetails, name),
                Optional(HasSubstr("the key is of another kind")))
        << name;
  }
  for (const Json& name : {Json("PKIX_ECDSA_P256"), Json("ecdsa"), Json("PKCS1_RSA_PKCS1V5"),
                           Json(5), Json(""), Json(nullptr)}) {
    EXPECT_THAT(WhyWith(kHashedRekord2, signature, kDetails, name), IsMalformed(kDetails)) << name;
  }
}

TEST(LogBodyForm, OfRekor2SaysHowTheKeySigned) {
  const TestLoggedSignature by_384(Content::kMessage, TestKey::Generate(TestKeyType::kEcdsaP384));
  EXPECT_THAT(WhyWith(kHashedRekord2, by_384, kDetails, "PKIX_ECDSA_P384_SHA_256"),
              Optional(HasSubstr("signs otherwise")));
  const TestLoggedSignature by_ph(Content::kMessage, TestKey::Generate(TestKeyType::kEd25519));
  EXPECT_THAT(WhyWith(kHashedRekord2, by_ph, kDetails, "PKIX_ED25519"),
              Optional(HasSubstr("signs otherwise")));
}

TEST(LogBodyForm, OfRekor2HasOneVerifier) {
  constexpr std::string_view kVerifier = "/spec/hashedRekordV002/signature/verifier";
  TestLoggedSignature signature(Content::kMessage);
  signature.Certify();
  const Json key = {{"rawBytes", Base64(signature.key.der())}};
  const Json certificate = {{"rawBytes", Base64(signature.certificate->der())}};
  const Json details = "PKIX_ECDSA_P256_SHA_256";
  EXPECT_EQ(WhyWith(kHashedRekord2, signature, kVerifier,
                    {{"keyDetails", details}, {"x509Certificate", certificate}}),
            std::nullopt);
  EXPECT_THAT(
      WhyWith(kHashedRekord2, signature, kVerifier,
              {{"keyDetails", details}, {"x509Certificate", certificate}, {"publicKey", key}}),
      IsMalformed(kVerifier));
  EXPECT_THAT(WhyWith(kHashedRekord2, signature, kVerifier, {{"keyDetails", details}}),
              IsMalformed(kVerifier));
}

TEST(LogBodyForm, OfAnEnvelopeHasOneSignature) {
  const TestLoggedSignature signature(Content::kEnvelope);
  for (const auto& [kind, place] : {std::pair(kDsse, "/spec/signatures"),
                                    std::pair(kInToto, "/spec/content/envelope/signatures")}) {
    const Json::json_pointer pointer(place);
    Json one = Json::parse(Body(kind, signature.View()))[pointer];
    ASSERT_EQ(one.size(), 1u);
    EXPECT_EQ(WhyWith(kind, signature, place, one), std::nullopt);
    EXPECT_THAT(WhyWith(kind, signature, place, Json::array()), IsMalformed(place));
    EXPECT_THAT(WhyWith(kind, signature, place, one[0]), IsMalformed(place));
    one.push_back(one[0]);
    EXPECT_THAT(WhyWith(kind, signature, place, one), IsMalformed(place));
  }
}

TEST(LogBodyForm, OfInTotoEncodesTheSignatureTwice) {
  const TestLoggedSignature signature(Content::kEnvelope);
  constexpr std::string_view kSig = "/spec/content/envelope/signatures/0/sig";
  EXPECT_THAT(WhyWith(kInToto, signature, kSig, Base64(signature.signature)), IsMalformed(kSig));
  EXPECT_EQ(WhyWith(kInToto, signature, kSig, Base64(Base64(signature.signature))), std::nullopt);
  EXPECT_THAT(WhyWith(kInToto, signature, kSig, Base64(Base64(Base64(signature.signature)))),
              Optional(HasSubstr("another signature")));
}

TEST(LogBodyForm, OfRekordIsOfItsX509Format) {
  const TestLoggedSignature signature(Content::kMessage);
  for (const Json& format : {Json("pgp"), Json("minisign"), Json("ssh"), Json(nullptr)}) {
    EXPECT_THAT(WhyWith(kRekord, signature, "/spec/signature/format", format),
                IsMalformed("/spec/signature/format"))
        << format;
  }
}

TEST(LogBodyForm, HoldsOneCertificateOrKeyInPem) {
  constexpr std::string_view kKey = "/spec/signature/publicKey/content";
  TestLoggedSignature signature(Content::kMessage);
  signature.Certify();
  const std::string pem = signature.certificate->Pem();
  const auto why = [&](std::string_view text) {
    return WhyWith(kHashedRekord1, signature, kKey, Base64(text));
  };
  ASSERT_EQ(why(pem), std::nullopt);
  EXPECT_THAT(why(pem + pem), IsMalformed(kKey));
  EXPECT_THAT(why(absl::StrReplaceAll(pem, {{"CERTIFICATE", "TRUSTED CERTIFICATE"}})),
              IsMalformed(kKey));
  EXPECT_THAT(why(base::WritePemBlock("RSA PUBLIC KEY", signature.key.der())), IsMalformed(kKey));
  EXPECT_THAT(why(signature.certificate->der()), IsMalformed(kKey));
  EXPECT_THAT(WhyWith(kHashedRekord1, signature, kKey, pem), IsMalformed(kKey));
  EXPECT_THAT(why("none"), IsMalformed(kKey));
}

// Takes out each member in turn, at any depth, but those below the ignored pointers.
void ExpectEachMemberCounts(const Kind& kind, const TestLoggedSignature& signature,
                            const std::vector<std::string>& ignored) {
  const Json body = Json::parse(Body(kind, signature.View()));
  const Json leaves = body.flatten();
  for (const auto& [pointer, value] : leaves.items()) {
    if (std::any_of(ignored.begin(), ignored.end(), [&pointer = pointer](const std::string& above) {
          return pointer.starts_with(above);
        })) {
      continue;
    }
    for (Json::json_pointer gone(pointer); !gone.empty(); gone.pop_back()) {
      Json rest = body;
      Json& parent = rest[gone.parent_pointer()];
      if (!parent.is_object()) continue;
      parent.erase(gone.back());
      EXPECT_THAT(WhyLoggedOtherwise(Entry(kind, rest.dump()), signature.View()), IsMalformed("/"))
          << kind.name << " " << kind.version << " without " << gone.to_string();
    }
  }
}

TEST(LogBodyForm, NeedsEachMember) {
  const std::vector<std::string> kIgnored = {"/spec/envelopeHash", "/spec/content/hash"};
  for (const Kind& kind : kKinds) {
    TestLoggedSignature signature(kind.content);
    ExpectEachMemberCounts(kind, signature, kIgnored);
    signature.Certify();
    ExpectEachMemberCounts(kind, signature, kIgnored);
  }
}

// The hash of an envelope's text, and the payload that old entries had.
TEST(LogBodyForm, HasOtherMembersThatMeanNothing) {
  const TestLoggedSignature signature(Content::kEnvelope);
  const Json hash = {{"algorithm", "sha256"}, {"value", "00"}};
  EXPECT_EQ(WhyWith(kInToto, signature, "/spec/content/hash", hash), std::nullopt);
  EXPECT_EQ(WhyWith(kInToto, signature, "/spec/content/envelope/payload", "another"), std::nullopt);
  EXPECT_EQ(WhyWith(kDsse, signature, "/spec/envelopeHash", hash), std::nullopt);
}

TEST(LogBodyForm, IsBase64InOneSpelling) {
  const TestLoggedSignature signature(Content::kMessage);
  constexpr std::string_view kContent = "/spec/signature/content";
  const std::string text = Base64(signature.signature);
  ASSERT_EQ(WhyWith(kHashedRekord1, signature, kContent, text), std::nullopt);
  for (const std::string& other :
       {absl::StrCat(text, "\n"), absl::StrCat(" ", text), absl::StrCat(text, "="),
        absl::StrCat(text.substr(0, 8), "\r\n", text.substr(8)), std::string("!!!!"),
        std::string()}) {
    EXPECT_THAT(WhyWith(kHashedRekord1, signature, kContent, other), IsMalformed(kContent));
  }
}

TEST(LogBodyForm, IsStrictJson) {
  const TestLoggedSignature signature(Content::kMessage);
  const std::string body = Body(kHashedRekord1, signature.View());
  const auto why = [&](std::string text) {
    return WhyLoggedOtherwise(Entry(kHashedRekord1, std::move(text)), signature.View());
  };
  ASSERT_EQ(why(body), std::nullopt);
  EXPECT_EQ(why(absl::StrCat(" ", body, "\n")), std::nullopt);
  EXPECT_THAT(why(""), IsMalformed("ends too early"));
  EXPECT_THAT(why("null"), IsMalformed("must be an object"));
  EXPECT_THAT(why("[]"), IsMalformed("must be an object"));
  EXPECT_THAT(why(R"("hashedrekord")"), IsMalformed("must be an object"));
  EXPECT_THAT(why(body + "x"), IsMalformed("not JSON"));
  EXPECT_THAT(why(body + std::string(1, '\0')), IsMalformed("zero byte"));
  EXPECT_THAT(why(body.substr(0, body.size() - 1)), IsMalformed("ends too early"));
}

TEST(LogBodyForm, WithTwoMembersOfOneNameIsRefused) {
  const TestLoggedSignature signature(Content::kMessage);
  const std::string body = Body(kHashedRekord1, signature.View());
  for (const std::string_view member :
       {R"("kind":)", R"("content":)", R"("value":)", R"("spec":)"}) {
    const std::string twice =
        absl::StrReplaceAll(body, {{member, absl::StrCat(member, "null,", member)}});
    ASSERT_NE(twice, body);
    EXPECT_THAT(WhyLoggedOtherwise(Entry(kHashedRekord1, twice), signature.View()),
                IsMalformed("a second member of the same name"))
        << member;
  }
}

TEST(LogBodyForm, IsBounded) {
  const TestLoggedSignature signature(Content::kMessage);
  const auto why = [&](const Json& more) {
    return WhyWith(kHashedRekord1, signature, "/more", more);
  };
  const auto nested = [](int depth) {
    Json value = Json::array();
    for (int i = 1; i < depth; ++i) {
      Json outer = Json::array();
      outer.push_back(std::move(value));
      value = std::move(outer);
    }
    return value;
  };
  EXPECT_EQ(why(nested(kMaxLogBodyDepth - 1)), std::nullopt);
  EXPECT_THAT(why(nested(kMaxLogBodyDepth)), IsMalformed("nested more than 32 deep"));
  EXPECT_EQ(why(Json(std::vector<int>(kMaxLogBodyValues - 100, 0))), std::nullopt);
  EXPECT_THAT(why(Json(std::vector<int>(kMaxLogBodyValues, 0))), IsMalformed("more than 10000"));
  const std::string body = Body(kHashedRekord1, signature.View());
  const std::string longest = body + std::string(kMaxLogEntryBodyBytes - body.size(), ' ');
  EXPECT_EQ(WhyLoggedOtherwise(Entry(kHashedRekord1, longest), signature.View()), std::nullopt);
  EXPECT_THAT(WhyLoggedOtherwise(Entry(kHashedRekord1, longest + " "), signature.View()),
              IsMalformed("larger than"));
}

TEST(LogBodyForm, IsNeverQuoted) {
  TestLoggedSignature signature(Content::kMessage);
  signature.Certify();
  const std::string bait = "bait\x1b[0m";
  const auto says_nothing = Optional(Not(HasSubstr("bait")));
  for (const std::string_view place :
       {"/kind", "/apiVersion", "/spec", "/spec/data", "/spec/data/hash/algorithm",
        "/spec/data/hash/value", "/spec/signature/content", "/spec/signature/publicKey/content"}) {
    for (const Json& value : {Json(bait), Json::object({{bait, bait}}), Json(Base64(bait))}) {
      EXPECT_THAT(WhyWith(kHashedRekord1, signature, place, value), says_nothing) << place;
    }
  }
  EXPECT_THAT(WhyWith(kHashedRekord1, signature, "/spec/signature/publicKey/content",
                      Base64("-----BEGIN BAIT-----\nAAAA\n-----END bait-----\n")),
              says_nothing);
  EXPECT_THAT(WhyLoggedOtherwise(Entry({bait, bait}, "{}"), signature.View()), says_nothing);
  EXPECT_THAT(WhyLoggedOtherwise(Entry(kHashedRekord1, bait), signature.View()), says_nothing);
}

}  // namespace
}  // namespace countersign::cosign
