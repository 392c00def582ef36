#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "http/client/ca_bundle.h"

// What is accepted is written in a form that is accepted and stays the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using countersign::http::NormalizeCertificates;
  const std::string_view pem(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<std::string> once = NormalizeCertificates(pem);
  if (!once.ok()) return 0;
  const absl::StatusOr<std::string> twice = NormalizeCertificates(*once);
  if (!twice.ok() || *twice != *once) std::abort();
  return 0;
}
