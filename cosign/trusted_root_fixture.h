#ifndef COUNTERSIGN_COSIGN_TRUSTED_ROOT_FIXTURE_H_
#define COUNTERSIGN_COSIGN_TRUSTED_ROOT_FIXTURE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/json_fixture.h"
#include "cosign/trusted_root.h"
#include "crypto/certificate.h"
#include "crypto/sha256.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {

// A trusted root with two transparency logs, and one of each of the others.

inline std::string Sha256Of(std::string_view bytes) {
  const crypto::Sha256Digest digest = crypto::Sha256(bytes);
  return std::string(digest.begin(), digest.end());
}

// By which a signed note names an Ed25519 key (C2SP signed-note).
inline std::string NoteIdOf(std::string_view name, const crypto::TestKey& key) {
  const std::string der = key.PublicDer();
  return Sha256Of(absl::StrCat(name, "\n\x01", der.substr(der.size() - 32)));
}

struct RootKeys {
  crypto::TestKey p256 = crypto::TestKey::Generate();
  crypto::TestKey ed25519 = crypto::TestKey::Generate(crypto::TestKeyType::kEd25519);
  crypto::TestKey rsa = crypto::TestKey::Generate(crypto::TestKeyType::kRsa2048);
  crypto::Certificate root = crypto::MakeTestCertificate(
      {.subject = "root", .issuer = "root", .extensions = {crypto::TestBasicConstraints(true)}},
      p256);
  crypto::Certificate intermediate =
      crypto::MakeTestCertificate({.subject = "intermediate",
                                   .issuer = "root",
                                   .extensions = {crypto::TestBasicConstraints(true)}},
                                  p256);
  crypto::Certificate signer =
      crypto::MakeTestCertificate({.subject = "timestamps", .issuer = "intermediate"}, p256);
};

inline const RootKeys& TestKeys() {
  static const RootKeys* const kKeys = new RootKeys;
  return *kKeys;
}

inline base::Json LogJson(std::string_view url, std::string_view id, std::string_view details,
                          std::string_view key) {
  return {{"baseUrl", url},
          {"hashAlgorithm", "SHA2_256"},
          {"publicKey",
           {{"rawBytes", Base64(key)},
            {"keyDetails", details},
            {"validFor", {{"start", "2021-01-12T11:53:27Z"}}}}},
          {"logId", {{"keyId", Base64(id)}}}};
}

inline base::Json P256Log(std::string_view url = "https://rekor.example.org") {
  const std::string der = TestKeys().p256.PublicDer();
  return LogJson(url, Sha256Of(der), "PKIX_ECDSA_P256_SHA_256", der);
}

inline base::Json Ed25519Log(std::string_view url, std::string_view name) {
  return LogJson(url, NoteIdOf(name, TestKeys().ed25519), "PKIX_ED25519",
                 TestKeys().ed25519.PublicDer());
}

inline base::Json AuthorityJson(const std::vector<crypto::Certificate>& chain) {
  base::Json certificates = base::Json::array();
  for (const crypto::Certificate& certificate : chain) {
    certificates.push_back({{"rawBytes", Base64(certificate.der())}});
  }
  return {{"subject", {{"organization", "example.org"}, {"commonName", "example"}}},
          {"uri", "https://ca.example.org"},
          {"certChain", {{"certificates", std::move(certificates)}}},
          {"validFor", {{"start", "2022-04-13T20:06:15Z"}}}};
}

inline base::Json RootJson() {
  return {{"mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1"},
          {"tlogs", base::Json::array(
                        {P256Log(), Ed25519Log("https://log.example.org", "log.example.org")})},
          {"certificateAuthorities",
           base::Json::array({AuthorityJson({TestKeys().intermediate, TestKeys().root})})},
          {"ctlogs", base::Json::array({P256Log("https://ct.example.org/2022")})},
          {"timestampAuthorities",
           base::Json::array(
               {AuthorityJson({TestKeys().signer, TestKeys().intermediate, TestKeys().root})})}};
}

inline absl::StatusOr<TrustedRoot> Parse(const base::Json& root) {
  return ParseTrustedRoot(root.dump());
}

inline absl::Status FaultWith(std::string_view pointer, const std::string& value) {
  base::Json root = RootJson();
  root[base::Json::json_pointer(std::string(pointer))] = base::Json::parse(value);
  return Parse(root).status();
}

inline absl::Status FaultWithout(std::string_view pointer) {
  base::Json root = RootJson();
  const base::Json::json_pointer place{std::string(pointer)};
  root.at(place.parent_pointer()).erase(place.back());
  return Parse(root).status();
}

inline TrustedRoot With(const base::Json& root) {
  const absl::StatusOr<TrustedRoot> read = Parse(root);
  EXPECT_THAT(read, base::IsOk());
  return read.value_or(TrustedRoot());
}

inline absl::Time At(std::string_view text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_TRUSTED_ROOT_FIXTURE_H_
