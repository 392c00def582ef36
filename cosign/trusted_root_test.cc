#include "cosign/trusted_root.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/json_fixture.h"
#include "cosign/trusted_root_fixture.h"
#include "crypto/certificate.h"
#include "crypto/signature_scheme.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::Json;
using ::countersign::base::StatusIs;
using crypto::Certificate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(TrustedRoot, IsReadAsSigstoreWritesIt) {
  const TrustedRoot root = With(RootJson());
  ASSERT_EQ(root.logs.size(), 2u);
  EXPECT_EQ(root.logs[0].id, Sha256Of(TestKeys().p256.PublicDer()));
  EXPECT_EQ(root.logs[0].key.der(), TestKeys().p256.PublicDer());
  EXPECT_EQ(root.logs[0].scheme, crypto::SignatureScheme::kEcdsaSha256);
  EXPECT_EQ(root.logs[0].base_url, "https://rekor.example.org");
  EXPECT_EQ(root.logs[0].valid_for.start, At("2021-01-12T11:53:27Z"));
  EXPECT_EQ(root.logs[0].valid_for.end, std::nullopt);
  EXPECT_EQ(root.logs[0].checkpoint_key_id, "");
  EXPECT_EQ(root.logs[0].operator_name, "");
  EXPECT_EQ(root.logs[1].key.der(), TestKeys().ed25519.PublicDer());
  EXPECT_EQ(root.logs[1].scheme, crypto::SignatureScheme::kEd25519);
  ASSERT_EQ(root.certificate_logs.size(), 1u);
  EXPECT_EQ(root.certificate_logs[0].base_url, "https://ct.example.org/2022");
  ASSERT_EQ(root.certificate_authorities.size(), 1u);
  EXPECT_THAT(root.certificate_authorities[0].chain,
              ElementsAre(TestKeys().intermediate, TestKeys().root));
  EXPECT_EQ(root.certificate_authorities[0].uri, "https://ca.example.org");
  EXPECT_EQ(root.certificate_authorities[0].valid_for.start, At("2022-04-13T20:06:15Z"));
  ASSERT_EQ(root.timestamp_authorities.size(), 1u);
  EXPECT_THAT(root.timestamp_authorities[0].authority.chain,
              ElementsAre(TestKeys().signer, TestKeys().intermediate, TestKeys().root));
  EXPECT_EQ(root.timestamp_authorities[0].authority.start, At("2022-04-13T20:06:15Z"));
  EXPECT_EQ(root.timestamp_authorities[0].authority.end, std::nullopt);
  EXPECT_EQ(root.timestamp_authorities[0].uri, "https://ca.example.org");
  EXPECT_THAT(root.warnings, IsEmpty());
}

// As exported files have them.
TEST(TrustedRoot, NullIsAbsent) {
  Json json = RootJson();
  for (const char* list : {"tlogs", "ctlogs"}) {
    json[list][0]["operator"] = nullptr;
    json[list][0]["checkpointKeyId"] = nullptr;
    json[list][0]["publicKey"]["validFor"]["end"] = nullptr;
  }
  json["certificateAuthorities"][0]["operator"] = nullptr;
  json["certificateAuthorities"][0]["validFor"]["end"] = nullptr;
  const TrustedRoot root = With(json);
  EXPECT_EQ(root.logs[0].valid_for.end, std::nullopt);
  EXPECT_THAT(root.warnings, IsEmpty());
}

TEST(TrustedRoot, MembersOfVersion02AreRead) {
  Json json = RootJson();
  json["mediaType"] = "application/vnd.dev.sigstore.trustedroot.v0.2+json";
  json["tlogs"][1]["checkpointKeyId"] = {{"keyId", Base64("\xcf\x11\x99\x15")}};
  json["tlogs"][1]["operator"] = "logs.example";
  json["timestampAuthorities"][0]["operator"] = "times.example";
  const TrustedRoot root = With(json);
  EXPECT_EQ(root.logs[1].checkpoint_key_id, "\xcf\x11\x99\x15");
  EXPECT_EQ(root.logs[1].operator_name, "logs.example");
  EXPECT_EQ(root.timestamp_authorities[0].operator_name, "times.example");
  EXPECT_THAT(root.warnings, IsEmpty());
}

TEST(TrustedRoot, IsOfAVersionThatIsKnown) {
  for (const char* type : {"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                           "application/vnd.dev.sigstore.trustedroot.v0.1+json",
                           "application/vnd.dev.sigstore.trustedroot.v0.2+json"}) {
    EXPECT_THAT(FaultWith("/mediaType", absl::StrCat("\"", type, "\"")), IsOk()) << type;
  }
  for (const char* type : {"application/vnd.dev.sigstore.trustedroot+json;version=0.2",
                           "application/vnd.dev.sigstore.trustedroot.v0.3+json",
                           "application/vnd.dev.sigstore.trustedroot+json; version=0.1",
                           "application/vnd.dev.sigstore.bundle.v0.1+json", "application/json"}) {
    EXPECT_THAT(FaultWith("/mediaType", absl::StrCat("\"", type, "\"")),
                IsFault("/mediaType: must be that of a trusted root of version 0.1 or 0.2"))
        << type;
  }
  EXPECT_THAT(FaultWithout("/mediaType"), IsFault("/mediaType: must be given"));
}

TEST(TrustedRoot, MayTrustNobody) {
  const TrustedRoot root =
      With({{"mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1"},
            {"tlogs", Json::array()},
            {"ctlogs", nullptr}});
  EXPECT_THAT(root.logs, IsEmpty());
  EXPECT_THAT(root.certificate_logs, IsEmpty());
  EXPECT_THAT(root.certificate_authorities, IsEmpty());
  EXPECT_EQ(FindLog(root.logs, ""), nullptr);
}

TEST(TrustedRoot, UnknownMembersAreWarnedOf) {
  for (const char* pointer :
       {"/more", "/media_type", "/tlogs/0/more", "/tlogs/0/publicKey/more", "/tlogs/0/logId/more",
        "/tlogs/0/publicKey/validFor/more", "/ctlogs/0/more", "/certificateAuthorities/0/more",
        "/certificateAuthorities/0/subject/more", "/certificateAuthorities/0/certChain/more",
        "/certificateAuthorities/0/certChain/certificates/1/more",
        "/certificateAuthorities/0/validFor/more", "/timestampAuthorities/0/more"}) {
    for (const char* value : {"null", "1", R"({"a":[1]})"}) {
      Json json = RootJson();
      json[Json::json_pointer(pointer)] = Json::parse(value);
      EXPECT_THAT(With(json).warnings, ElementsAre(absl::StrCat(pointer, ": is not known")));
    }
  }
}

TEST(TrustedRoot, WarningsArePrintableAndFew) {
  Json json = RootJson();
  json["\x1b[31m\n"] = 1;
  EXPECT_THAT(With(json).warnings, ElementsAre("/\\x1b[31m\\x0a: is not known"));
  for (int i = 0; i < 1000; ++i) json[absl::StrCat("more", i)] = 1;
  const std::vector<std::string> warnings = With(json).warnings;
  EXPECT_EQ(warnings.size(), 33u);
  EXPECT_EQ(warnings.back(), "there is more to warn of");
}

TEST(TrustedRoot, DuplicateMembersAreRefusedAtAnyDepth) {
  const std::string good = RootJson().dump();
  for (const char* member : {"mediaType", "tlogs", "start", "rawBytes", "keyId", "uri"}) {
    const std::string text =
        absl::StrReplaceAll(good, {{absl::StrCat("\"", member, "\":"),
                                    absl::StrCat("\"", member, "\":null,\"", member, "\":")}});
    ASSERT_NE(text, good);
    EXPECT_THAT(ParseTrustedRoot(text),
                StatusIs(kInvalid, HasSubstr("a second member of the same name")))
        << member;
  }
  // Unknown ones, too.
  EXPECT_THAT(ParseTrustedRoot(
                  absl::StrReplaceAll(good, {{R"("mediaType":)", R"("x":1,"x":1,"mediaType":)"}})),
              StatusIs(kInvalid, HasSubstr("a second member of the same name")));
}

TEST(TrustedRoot, WhatIsRequiredMustBeGiven) {
  for (const char* pointer :
       {"/tlogs/1/hashAlgorithm", "/tlogs/1/publicKey", "/tlogs/1/publicKey/rawBytes",
        "/tlogs/1/publicKey/keyDetails", "/tlogs/1/publicKey/validFor", "/tlogs/1/logId",
        "/tlogs/1/logId/keyId", "/ctlogs/0/logId", "/certificateAuthorities/0/certChain",
        "/certificateAuthorities/0/certChain/certificates/0/rawBytes"}) {
    EXPECT_THAT(FaultWithout(pointer), IsFault(absl::StrCat(pointer, ": must be given")));
    EXPECT_THAT(FaultWith(pointer, "null"), IsFault(absl::StrCat(pointer, ": must be given")));
  }
}

TEST(TrustedRoot, AnAuthorityNeedsNoStart) {
  for (const char* list : {"certificateAuthorities", "timestampAuthorities"}) {
    Json json = RootJson();
    json[list][0].erase("validFor");
    EXPECT_THAT(Parse(json), IsOk());
    json[list][0]["validFor"] = Json::object();
    EXPECT_THAT(Parse(json), IsOk());
  }
  Json json = RootJson();
  json["certificateAuthorities"][0].erase("validFor");
  const TrustWindow window = With(json).certificate_authorities[0].valid_for;
  EXPECT_TRUE(window.Contains(absl::InfinitePast()));
  EXPECT_TRUE(window.Contains(absl::InfiniteFuture()));
}

TEST(TrustedRoot, BothEndsOfAWindowAreInIt) {
  Json json = RootJson();
  json["tlogs"][0]["publicKey"]["validFor"] = {{"start", "2022-01-01T01:00:00.000000001+01:00"},
                                               {"end", "2022-10-31T23:59:59.999000Z"}};
  const TrustWindow window = With(json).logs[0].valid_for;
  const absl::Time start = At("2022-01-01T00:00:00Z") + absl::Nanoseconds(1);
  const absl::Time end = At("2022-10-31T23:59:59.999Z");
  EXPECT_TRUE(window.Contains(start));
  EXPECT_TRUE(window.Contains(end));
  EXPECT_FALSE(window.Contains(start - absl::Nanoseconds(1)));
  EXPECT_FALSE(window.Contains(end + absl::Nanoseconds(1)));
}

TEST(TrustedRoot, AWindowsEndsAreTimes) {
  for (const char* pointer :
       {"/tlogs/0/publicKey/validFor/start", "/tlogs/0/publicKey/validFor/end",
        "/certificateAuthorities/0/validFor/start", "/timestampAuthorities/0/validFor/end"}) {
    for (const char* bad : {R"("")", R"("2022")", R"("2022-01-01T00:00:00")",
                            R"("2022-01-01T00:00:00.0000000001Z")", R"("infinite-past")"}) {
      EXPECT_THAT(FaultWith(pointer, bad),
                  IsFault(absl::StrCat(pointer, ": must be an RFC 3339 time")))
          << bad;
    }
    EXPECT_THAT(FaultWith(pointer, "1640995200"),
                IsFault(absl::StrCat(pointer, ": must be a string, is a number")));
  }
}

TEST(TrustedRoot, OneBadCertificateSpoilsIt) {
  for (const char* pointer : {"/certificateAuthorities/0/certChain/certificates/1/rawBytes",
                              "/timestampAuthorities/0/certChain/certificates/0/rawBytes"}) {
    for (const std::string& bytes : {std::string("x"), TestKeys().p256.PublicDer()}) {
      EXPECT_THAT(FaultWith(pointer, absl::StrCat("\"", Base64(bytes), "\"")),
                  StatusIs(kInvalid, StartsWith(absl::StrCat(pointer, ": "))));
    }
  }
  EXPECT_THAT(FaultWith("/certificateAuthorities/0/certChain/certificates", "[]"),
              IsFault("/certificateAuthorities/0/certChain/certificates: must hold at least one"));
}

TEST(TrustedRoot, OnlyTheFirstOfATimestampAuthoritysChainIsNone) {
  const std::string fault =
      "/timestampAuthorities/0/certChain: must hold authorities alone after its first certificate";
  const auto with = [](const std::vector<Certificate>& chain) {
    Json json = RootJson();
    json["timestampAuthorities"][0] = AuthorityJson(chain);
    return Parse(json).status();
  };
  EXPECT_THAT(with({TestKeys().signer, TestKeys().root}), IsOk());
  EXPECT_THAT(with({TestKeys().intermediate, TestKeys().root}), IsOk());
  EXPECT_THAT(with({TestKeys().root}), IsOk());
  EXPECT_THAT(with({TestKeys().signer, TestKeys().signer, TestKeys().root}), IsFault(fault));
  EXPECT_THAT(with({TestKeys().root, TestKeys().signer}), IsFault(fault));
}

// They are all used, in whatever order, of whatever time.
TEST(TrustedRoot, AuthoritiesMayOverlapAndLieInTheFuture) {
  Json json = RootJson();
  json["certificateAuthorities"].push_back(AuthorityJson({TestKeys().root}));
  json["certificateAuthorities"].push_back(AuthorityJson({TestKeys().root}));
  json["certificateAuthorities"][1]["validFor"]["start"] = "2999-01-01T00:00:00Z";
  EXPECT_EQ(With(json).certificate_authorities.size(), 3u);
}

TEST(TrustedRoot, WrongTypesAreRefused) {
  EXPECT_THAT(ParseTrustedRoot("[]"), IsFault("must be an object, is an array"));
  EXPECT_THAT(FaultWith("/tlogs", "{}"), IsFault("/tlogs: must be an array, is an object"));
  EXPECT_THAT(FaultWith("/tlogs/0", "null"), IsFault("/tlogs/0: must be an object"));
  EXPECT_THAT(FaultWith("/tlogs/0/baseUrl", "7"),
              IsFault("/tlogs/0/baseUrl: must be a string, is a number"));
  EXPECT_THAT(FaultWith("/tlogs/0/operator", "7"),
              IsFault("/tlogs/0/operator: must be a string, is a number"));
  EXPECT_THAT(FaultWith("/tlogs/0/checkpointKeyId", "7"),
              IsFault("/tlogs/0/checkpointKeyId: must be an object, is a number"));
  EXPECT_THAT(FaultWith("/tlogs/0/publicKey/keyDetails", "5"),
              IsFault("/tlogs/0/publicKey/keyDetails: must be a string, is a number"));
  EXPECT_THAT(
      FaultWith("/certificateAuthorities/0/subject/commonName", "7"),
      IsFault("/certificateAuthorities/0/subject/commonName: must be a string, is a number"));
  EXPECT_THAT(FaultWith("/certificateAuthorities/0/uri", "7"),
              IsFault("/certificateAuthorities/0/uri: must be a string, is a number"));
}

TEST(TrustedRoot, IsBounded) {
  const std::string good = RootJson().dump();
  EXPECT_THAT(ParseTrustedRoot(good + std::string(kMaxTrustedRootBytes - good.size(), ' ')),
              IsOk());
  EXPECT_THAT(ParseTrustedRoot(good + std::string(kMaxTrustedRootBytes - good.size() + 1, ' ')),
              IsFault("larger than 4194304 bytes"));
  EXPECT_THAT(FaultWith("/more", std::string(kMaxTrustedRootDepth - 1, '[') +
                                     std::string(kMaxTrustedRootDepth - 1, ']')),
              IsOk());
  EXPECT_THAT(FaultWith("/more", std::string(kMaxTrustedRootDepth, '[') +
                                     std::string(kMaxTrustedRootDepth, ']')),
              StatusIs(kInvalid, HasSubstr("nested more than 32 deep")));
  std::string many = "[0";
  for (size_t i = 0; i < kMaxTrustedRootValues; ++i) many += ",0";
  EXPECT_THAT(FaultWith("/more", many + "]"),
              StatusIs(kInvalid, HasSubstr("more than 10000 values")));
}

}  // namespace
}  // namespace countersign::cosign
