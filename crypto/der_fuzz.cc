// DER of any bytes: what is read of an element is within it, and what names or times mean is
// written again as it was.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "crypto/der.h"

namespace countersign::crypto {
namespace {

constexpr int kMostLevels = 32;

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckOid(std::string_view contents) {
  const std::optional<std::string> text = OidText(contents);
  if (text.has_value()) Require(OidBytes(*text) == contents);
}

void CheckTimes(std::string_view contents) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  if (const std::optional<absl::Time> time = ParseUtcTime(contents)) {
    Require(absl::FormatTime("%y%m%d%H%M%SZ", *time, utc) == contents);
  }
  if (const std::optional<absl::Time> time = ParseGeneralizedTime(contents)) {
    Require(absl::FormatTime("%E4Y%m%d%H%M%E*SZ", *time, utc) == contents);
  }
}

void CheckScalars(std::string_view element) {
  std::string_view contents;
  bool truth;
  uint64_t number;
  if (DerReader(element).ReadUnsigned(number)) Require(DerReader(element).ReadInteger(contents));
  if (DerReader(element).ReadBoolean(truth)) Require(element.size() == 3);
  if (DerReader(element).ReadOid(contents)) Require(OidText(contents).has_value());
  if (DerReader(element).ReadBitString(contents)) Require(absl::EndsWith(element, contents));
  if (const std::optional<std::string> text = ReadUtf8String(element)) {
    Require(absl::EndsWith(element, *text));
  }
}

void Walk(std::string_view der, int levels) {
  DerReader reader(der);
  std::string_view element;
  while (levels > 0 && reader.ReadAnyElement(element)) {
    Require(element.size() >= 2);
    CheckScalars(element);
    std::string_view contents;
    // With a tag of one byte.
    if (!DerReader(element).Read(static_cast<DerTag>(element.front()), contents)) continue;
    Require(absl::EndsWith(element, contents) && contents.size() < element.size());
    CheckOid(contents);
    CheckTimes(contents);
    Walk(contents, levels - 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Walk(input, kMostLevels);
  CheckOid(input);
  CheckTimes(input);
  if (const std::optional<std::string> oid = OidBytes(input)) Require(OidText(*oid).has_value());
  return 0;
}

}  // namespace countersign::crypto
