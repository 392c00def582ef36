// A list of signed certificate timestamps, or a certificate that may have one embedded: what is
// read is within the limits, and verifies by no key that has signed nothing.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/certificate.h"
#include "crypto/public_key.h"
#include "crypto/sct.h"

namespace countersign::crypto {
namespace {

// Of a key that nobody has kept.
constexpr std::string_view kLog = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVm02CyIoKEIYDAUPBz6ZB9OmV7Jd
szw7WBafge7hIzwGRuTBiCMoHYfLFZgideOzEtgoQt+LX3s4Q3bcAqed8g==
-----END PUBLIC KEY-----
)";

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckScts(const absl::StatusOr<std::vector<Sct>>& scts) {
  if (!scts.ok()) return;
  Require(scts->size() <= kMaxScts);
  for (const Sct& sct : *scts) {
    Require(sct.time >= absl::UnixEpoch() && sct.time < absl::FromUnixSeconds(253402300800));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const PublicKey* const log = new PublicKey(PublicKey::FromPem(kLog).value());
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  CheckScts(ParseSctList(input));
  const absl::StatusOr<Certificate> leaf = Certificate::FromDer(input);
  if (!leaf.ok()) return 0;
  const absl::StatusOr<std::vector<Sct>> scts = EmbeddedScts(*leaf);
  CheckScts(scts);
  if (!scts.ok()) return 0;
  for (const Sct& sct : *scts) Require(!VerifySct(sct, *leaf, *leaf, *log));
  return 0;
}

}  // namespace countersign::crypto
