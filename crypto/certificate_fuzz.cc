// Certificates of any bytes, DER or PEM: what is read can be written and read again, and is the
// same, and what is read strictly is read otherwise, too.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using countersign::crypto::Certificate;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const absl::StatusOr<Certificate> single = Certificate::FromDer(text);
  if (single.ok() && single->der() != text) std::abort();
  if (single.ok()) single->IsSignedBy(*single);
  const absl::StatusOr<Certificate> strict = Certificate::FromDerStrictly(text);
  if (strict.ok() && (!single.ok() || *strict != *single)) std::abort();
  const absl::StatusOr<std::vector<Certificate>> chain = Certificate::ParseChain(text);
  if (!chain.ok()) return 0;
  const absl::StatusOr<std::vector<Certificate>> again =
      Certificate::ParseChain(countersign::crypto::WriteChain(*chain));
  if (!again.ok() || *again != *chain) std::abort();
  for (const Certificate& certificate : *chain) certificate.IsSignedBy(chain->front());
  return 0;
}
