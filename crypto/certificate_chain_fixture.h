#ifndef COUNTERSIGN_CRYPTO_CERTIFICATE_CHAIN_FIXTURE_H_
#define COUNTERSIGN_CRYPTO_CERTIFICATE_CHAIN_FIXTURE_H_

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "crypto/certificate.h"
#include "crypto/certificate_chain.h"
#include "crypto/test_certificate.h"
#include "gmock/gmock.h"

namespace countersign::crypto {

// What tests of paths have in common: certificates to find them among, and what comes of it.

inline constexpr std::string_view kCodeSigning = "1.3.6.1.5.5.7.3.3";
inline const absl::Time kThen = absl::FromUnixSeconds(1'800'000'100);

using Outcome = std::variant<ChainRefusal, std::vector<Certificate>>;

inline auto Refused(ChainFault fault, std::string_view sentence = "") {
  return testing::VariantWith<ChainRefusal>(testing::AllOf(
      testing::Field(&ChainRefusal::fault, fault),
      testing::Field(&ChainRefusal::sentence, testing::HasSubstr(std::string(sentence)))));
}

inline auto Found(const auto&... certificates) {
  return testing::VariantWith<std::vector<Certificate>>(testing::ElementsAre(certificates...));
}

// Certificates that differ in nothing but what a test is about.
inline TestCertificate AuthorityParts(std::string_view name, std::string_view issuer) {
  return {.subject = std::string(name),
          .issuer = std::string(issuer),
          .extensions = {TestBasicConstraints(true), TestKeyUsage(0x06)}};
}

inline TestCertificate SignerParts(std::string_view issuer,
                                   std::string_view purpose = kCodeSigning) {
  return {.issuer = std::string(issuer),
          .extensions = {TestKeyUsage(0x80), TestExtendedKeyUsage({purpose}, true),
                         TestUri("https://example.org/workflow")}};
}

// Leaf, intermediate and root, each of which a test may write in another way.
struct Requests {
  TestCertificate leaf = SignerParts("intermediate");
  TestCertificate intermediate = AuthorityParts("intermediate", "root");
  TestCertificate root = AuthorityParts("root", "root");
};

struct Chain {
  Certificate leaf;
  Certificate intermediate;
  Certificate root;
};

inline Chain Make(const Requests& requests) {
  return {MakeTestCertificate(requests.leaf, requests.intermediate.key),
          MakeTestCertificate(requests.intermediate, requests.root.key),
          MakeTestCertificate(requests.root, requests.root.key)};
}

inline Outcome Find(const Chain& chain, absl::Time time = kThen,
                    CertificatePurpose purpose = CertificatePurpose::kCodeSigning) {
  return FindPath(chain.leaf, {chain.intermediate, chain.root}, {}, time, purpose);
}

inline Outcome Find(const Certificate& leaf, const std::vector<Certificate>& authority,
                    const std::vector<Certificate>& extra = {}) {
  return FindPath(leaf, authority, extra, kThen, CertificatePurpose::kCodeSigning);
}

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_CERTIFICATE_CHAIN_FIXTURE_H_
