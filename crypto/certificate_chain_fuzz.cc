// DER certificates one after the other, the leaf first, the anchor last: a path that is found is
// made of them, and each certificate of it has been issued by the next.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/certificate.h"
#include "crypto/certificate_chain.h"
#include "crypto/der.h"

namespace countersign::crypto {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void Check(absl::Span<const Certificate> given, absl::Time time, CertificatePurpose purpose) {
  const Certificate& leaf = given.front();
  const size_t trusted = std::min<size_t>(given.size() - 1, 3);
  const absl::Span<const Certificate> authority = given.last(trusted);
  const absl::Span<const Certificate> extra = given.subspan(1, given.size() - 1 - trusted);
  const auto outcome = FindPath(leaf, authority, extra, time, purpose);
  if (const auto* refusal = std::get_if<ChainRefusal>(&outcome)) {
    Require(refusal->fault != ChainFault::kUnspecified && !refusal->sentence.empty());
    return;
  }
  const auto& path = std::get<std::vector<Certificate>>(outcome);
  Require(path.size() >= 2 && path.size() <= kMaxPathLength);
  Require(path.front() == leaf && path.back() == authority.back() && !leaf.is_authority());
  for (size_t i = 0; i < path.size(); ++i) {
    Require(path[i].HoldsAt(time));
    Require(std::find(given.begin(), given.end(), path[i]) != given.end());
    Require(i == 0 || path[i].is_authority());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  DerReader reader(std::string_view(reinterpret_cast<const char*>(data), size));
  std::vector<Certificate> given;
  std::string_view element;
  while (given.size() <= 2 * kMaxChainCertificates && reader.ReadAnyElement(element)) {
    const absl::StatusOr<Certificate> read = Certificate::FromDer(element);
    if (read.ok()) given.push_back(*read);
  }
  if (given.size() < 2) return 0;
  for (const CertificatePurpose purpose :
       {CertificatePurpose::kCodeSigning, CertificatePurpose::kTimeStamping}) {
    Check(given, given.front().not_before(), purpose);
    Check(given, given.back().not_after(), purpose);
  }
  return 0;
}

}  // namespace countersign::crypto
