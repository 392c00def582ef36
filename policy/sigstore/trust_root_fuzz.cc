// The corpus is made by hand, with keys and certificates of sigstore/policy-controller's tests
// (test/testdata/trustroot at f925c0c, Apache License 2.0) and the root in testdata/trust_roots.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "absl/time/time.h"
#include "base/json.h"
#include "policy/sigstore/trust_root.h"

namespace countersign::policy {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckRoot(const StatedRoot& stated) {
  Require(stated.root != nullptr && stated.bytes > 0);
  Require(!stated.root->certificate_authorities.empty() ||
          !stated.root->timestamp_authorities.empty());
  for (const auto* const logs : {&stated.root->logs, &stated.root->certificate_logs}) {
    for (const cosign::TrustedLog& log : *logs) {
      Require(cosign::FindLog(*logs, log.id) == &log && !log.base_url.empty());
    }
  }
}

}  // namespace

// Invariant: an object has a source exactly if nothing is wrong with it, and each error says what and
// where.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto json = base::ParseJson(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!json.ok()) return 0;
  const TrustRoot root = ReadTrustRoot(*json);
  Require(root.errors.empty() != std::holds_alternative<std::monostate>(root.source));
  Require(root.errors.size() <= kMaxTrustRootErrors);
  for (const TrustRootError& error : root.errors) {
    Require(!error.message.empty() && !error.paths.empty());
  }
  if (!root.errors.empty()) return 0;
  Require(!root.name.empty());
  if (const auto* const stated = std::get_if<StatedRoot>(&root.source)) CheckRoot(*stated);
  if (const auto* const packed = std::get_if<PackedRepository>(&root.source)) {
    const auto opened = OpenRepository(*packed, absl::InfinitePast());
    Require(opened.ok() == ValidateTrustRoot(*json, absl::InfinitePast()).empty());
  }
  return 0;
}

}  // namespace countersign::policy
