// The corpus is made by hand, of keys that openssl genpkey made, and of the certificates in that of
// bundles.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "cosign/trusted_root.h"
#include "nlohmann/json.hpp"

namespace countersign::cosign {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckLogs(const std::vector<TrustedLog>& logs, const nlohmann::json& root, const char* name) {
  Require(logs.empty() || logs.size() <= root[name].size());
  for (const TrustedLog& log : logs) {
    Require(log.valid_for.start.has_value() && !log.id.empty());
    Require(FindLog(logs, log.id) == &log);
    Require(!log.base_url.empty() || log.origins.empty());
  }
}

bool HasAll(size_t count, const nlohmann::json& root, const char* name) {
  return count == 0 || count == root[name].size();
}

void CheckAuthorities(const TrustedRoot& root, const nlohmann::json& lenient) {
  Require(HasAll(root.certificate_authorities.size(), lenient, "certificateAuthorities"));
  for (const TrustedCertificateAuthority& trusted : root.certificate_authorities) {
    Require(!trusted.chain.empty());
  }
  Require(HasAll(root.timestamp_authorities.size(), lenient, "timestampAuthorities"));
  for (const TrustedTimestampAuthority& trusted : root.timestamp_authorities) {
    const std::vector<crypto::Certificate>& chain = trusted.authority.chain;
    Require(!chain.empty());
    for (size_t i = 1; i < chain.size(); ++i) Require(chain[i].is_authority());
  }
}

}  // namespace

// Invariant: what is accepted is whole, and nothing in it was left out but logs.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = ParseTrustedRoot(text);
  if (!root.ok()) return 0;

  const nlohmann::json lenient = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  Require(size <= kMaxTrustedRootBytes && lenient.is_object());
  CheckLogs(root->logs, lenient, "tlogs");
  CheckLogs(root->certificate_logs, lenient, "ctlogs");
  CheckAuthorities(*root, lenient);
  for (const std::string& warning : root->warnings) Require(!warning.empty());
  return 0;
}

}  // namespace countersign::cosign
