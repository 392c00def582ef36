#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "cosign/layer_witnesses.h"

namespace countersign::cosign {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

// What comes before the next line that is a dash alone, and what is left after it.
std::string_view TakePart(std::string_view& left) {
  constexpr std::string_view kEnd = "\n-\n";
  const size_t end = left.find(kEnd);
  const std::string_view part = left.substr(0, end);
  left.remove_prefix(end == std::string_view::npos ? left.size() : end + kEnd.size());
  return part;
}

}  // namespace

// The annotations of a layer, of any bytes: a certificate, a log's entry, a timestamp. Invariant:
// what is accepted is at most one of each, and comes of an annotation that is there; the same text
// gives the same id; what is not accepted says why in printable words.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view left(reinterpret_cast<const char*>(data), size);
  std::map<std::string, std::string> annotations;
  for (const std::string_view name :
       {kCertificateAnnotation, kLogEntryAnnotation, kTimestampAnnotation}) {
    annotations.emplace(name, TakePart(left));
  }
  const auto read = ReadLayerWitnesses(annotations);
  if (!read.ok()) {
    for (const char c : read.status().message()) {
      Require(absl::ascii_isprint(static_cast<unsigned char>(c)));
    }
    return 0;
  }
  const auto is_there = [&](std::string_view name) {
    return !annotations.at(std::string(name)).empty();
  };
  const bool has_some = is_there(kCertificateAnnotation) || is_there(kLogEntryAnnotation) ||
                        is_there(kTimestampAnnotation);
  Require((*read != nullptr) == has_some);
  if (*read == nullptr) return 0;
  const LayerWitnesses& witnesses = **read;
  Require(witnesses.certificate.has_value() == is_there(kCertificateAnnotation));
  Require(witnesses.entries.size() == (is_there(kLogEntryAnnotation) ? 1 : 0));
  Require(witnesses.timestamps.size() == (is_there(kTimestampAnnotation) ? 1 : 0));
  Require(ReadLayerWitnesses(annotations).value()->id == witnesses.id);
  return 0;
}

}  // namespace countersign::cosign
