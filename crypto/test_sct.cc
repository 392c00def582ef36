#include "crypto/test_sct.h"

#include "absl/strings/str_cat.h"
#include "crypto/der.h"
#include "crypto/sha256.h"
#include "crypto/test_der.h"

namespace countersign::crypto {
namespace {

// Big-endian, of a fixed width, as TLS has numbers.
std::string Number(uint64_t number, size_t width) {
  std::string bytes;
  while (width-- > 0) bytes += static_cast<char>(number >> (8 * width));
  return bytes;
}

std::string Sha256Of(std::string_view bytes) {
  const Sha256Digest digest = Sha256(bytes);
  return std::string(digest.begin(), digest.end());
}

bool IsRsa(const TestKey& key) {
  return key.type() == TestKeyType::kRsa2048 || key.type() == TestKeyType::kRsa3072 ||
         key.type() == TestKeyType::kRsa4096;
}

}  // namespace

std::string WriteTestPrefixed(std::string_view bytes, size_t width) {
  return absl::StrCat(Number(bytes.size(), width), bytes);
}

std::string TestSct::Write() const {
  return absl::StrCat(version, log_id, Number(milliseconds, 8), WriteTestPrefixed(extensions, 2),
                      algorithms, WriteTestPrefixed(signature, 2));
}

std::string WriteTestSctInput(const TestSct& sct, const TestCertificate& parts,
                              const TestKey& issuer) {
  constexpr uint64_t kCertificateTimestamp = 0;
  constexpr uint64_t kPrecertificate = 1;
  return absl::StrCat(sct.version, Number(kCertificateTimestamp, 1), Number(sct.milliseconds, 8),
                      Number(kPrecertificate, 2), Sha256Of(issuer.PublicDer()),
                      WriteTestPrefixed(WriteTestTbs(parts, issuer), 3),
                      WriteTestPrefixed(sct.extensions, 2));
}

TestSct SignTestSct(TestSct sct, const TestCertificate& parts, const TestKey& issuer,
                    const TestKey& log) {
  sct.log_id = Sha256Of(log.PublicDer());
  sct.algorithms = IsRsa(log) ? "\x04\x01" : "\x04\x03";
  sct.signature = log.Sign(WriteTestSctInput(sct, parts, issuer), TestScheme::kSha256);
  return sct;
}

std::string WriteTestSctList(const std::vector<std::string>& scts) {
  std::string list;
  for (const std::string& sct : scts) list += WriteTestPrefixed(sct, 2);
  return WriteDer(DerTag::kOctetString, {WriteTestPrefixed(list, 2)});
}

TestExtension TestSctList(const std::vector<std::string>& scts) {
  return {.oid = std::string(kTestSctListOid), .value = WriteTestSctList(scts)};
}

}  // namespace countersign::crypto
