#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/printable.h"
#include "oci/image_reference.h"
#include "policy/oci_source.h"

namespace {

using countersign::oci::Repository;

constexpr size_t kMaxBytesOfFault = 1000;

}  // namespace

// What is taken is exactly one of a repository and a registry, and reads the same when it is written; what
// is not is explained in short and printable words.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto source = countersign::policy::ParseOciSource(text);
  if (!source.ok()) {
    const std::string why(source.status().message());
    if (why.size() > kMaxBytesOfFault) std::abort();
    if (countersign::base::Printable(why, kMaxBytesOfFault) != why) std::abort();
    return 0;
  }
  if (source->repository.has_value() == source->registry.has_value()) std::abort();
  if (!source->tag_prefix.empty()) std::abort();
  const std::string written =
      source->registry.has_value() ? *source->registry : source->repository->ToString();
  const auto again = countersign::policy::ParseOciSource(written);
  if (!again.ok() || *again != *source) std::abort();
  return 0;
}
