#ifndef COUNTERSIGN_COSIGN_BUNDLE_FIXTURE_H_
#define COUNTERSIGN_COSIGN_BUNDLE_FIXTURE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "cosign/bundle.h"
#include "cosign/json_fixture.h"
#include "crypto/certificate.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"

namespace countersign::cosign {

// Bundles whose form is right; nobody has signed what they hold.

inline constexpr std::string_view kMaterial = "/verificationMaterial";

// A chain: signer, intermediate, root.
struct TestCertificates {
  crypto::TestKey key = crypto::TestKey::Generate();
  crypto::Certificate signer = crypto::MakeTestCertificate(
      {.issuer = "intermediate", .extensions = {crypto::TestUri("https://example.org/me")}}, key);
  crypto::Certificate intermediate =
      crypto::MakeTestCertificate({.subject = "intermediate",
                                   .issuer = "root",
                                   .extensions = {crypto::TestBasicConstraints(true)}},
                                  key);
  crypto::Certificate root = crypto::MakeTestCertificate(
      {.subject = "root", .issuer = "root", .extensions = {crypto::TestBasicConstraints(true)}},
      key);
};

inline const TestCertificates& TestChain() {
  static const TestCertificates* const kChain = new TestCertificates;
  return *kChain;
}

inline base::Json Raw(const crypto::Certificate& certificate) {
  return {{"rawBytes", Base64(certificate.der())}};
}

inline base::Json MessageBundle() {
  return {
      {"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"},
      {"verificationMaterial",
       {{"certificate", Raw(TestChain().signer)},
        {"tlogEntries", base::Json::array({EntryJson("1"), EntryJson("2")})},
        {"timestampVerificationData",
         {{"rfc3161Timestamps", base::Json::array({{{"signedTimestamp", Base64("one")}},
                                                   {{"signedTimestamp", Base64("two")}}})}}}}},
      {"messageSignature",
       {{"messageDigest", {{"algorithm", "SHA2_256"}, {"digest", Base64(std::string(32, 'd'))}}},
        {"signature", Base64("signature")}}}};
}

inline base::Json EnvelopeBundle() {
  base::Json bundle = MessageBundle();
  bundle.erase("messageSignature");
  bundle["dsseEnvelope"] = {
      {"payload", Base64("payload")},
      {"payloadType", "application/vnd.in-toto+json"},
      {"signatures", base::Json::array({{{"sig", Base64("signature")}, {"keyid", ""}}})}};
  return bundle;
}

// The message's bundle as older versions have it, with a chain of certificates.
inline base::Json OldBundle(std::string_view version,
                            const std::vector<crypto::Certificate>& chain) {
  base::Json bundle = MessageBundle();
  bundle["mediaType"] = absl::StrCat("application/vnd.dev.sigstore.bundle+json;version=", version);
  base::Json& material = bundle["verificationMaterial"];
  material.erase("certificate");
  material["x509CertificateChain"]["certificates"] = base::Json::array();
  for (const crypto::Certificate& certificate : chain) {
    material["x509CertificateChain"]["certificates"].push_back(Raw(certificate));
  }
  return bundle;
}

inline absl::StatusOr<Bundle> Parse(const base::Json& bundle) { return ParseBundle(bundle.dump()); }

// What comes of the bundle when `value`, as JSON, stands at the pointer.
inline absl::Status FaultWith(base::Json bundle, std::string_view pointer,
                              const std::string& value) {
  bundle[base::Json::json_pointer(std::string(pointer))] = base::Json::parse(value);
  return Parse(bundle).status();
}

inline absl::Status FaultWithout(base::Json bundle, std::string_view pointer) {
  const base::Json::json_pointer place{std::string(pointer)};
  bundle.at(place.parent_pointer()).erase(place.back());
  return Parse(bundle).status();
}

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_BUNDLE_FIXTURE_H_
