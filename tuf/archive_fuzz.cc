// The corpus is made by GNU tar (--format=gnu, ustar, pax) and gzip of a few short files.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tuf/archive.h"

namespace countersign::tuf {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void Check(const absl::StatusOr<Files>& files) {
  if (!files.ok()) return;
  Require(files->size() <= kMaxArchiveFiles);
  size_t sum = 0;
  for (const auto& [path, bytes] : *files) {
    Require(!path.empty() && path.size() <= kMaxArchiveNameBytes && path.front() != '/');
    Require(path != ".." && !path.starts_with("../") && !path.ends_with("/.."));
    Require(path.find("/../") == std::string::npos && path.find("//") == std::string::npos);
    sum += bytes.size();
  }
  Require(sum <= kMaxArchiveBytes);
}

}  // namespace

// Invariant: no path leads out of the archive, and there is no more than it may hold. Read with gzip
// and without it, whose checksums few mutations get past.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Check(ReadArchive(bytes));
  Check(ReadTar(bytes));
  return 0;
}

}  // namespace countersign::tuf
