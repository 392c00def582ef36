#include "crypto/test_der.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace countersign::crypto {
namespace {

std::string Byte(uint64_t value) { return std::string(1, static_cast<char>(value)); }

// Big-endian, in as few bytes as there can be, at least one.
std::string BigEndian(uint64_t number) {
  std::string bytes = Byte(number);
  while ((number >>= 8) != 0) bytes.insert(0, Byte(number));
  return bytes;
}

std::string WriteLength(size_t length) {
  if (length < 128) return Byte(length);
  const std::string bytes = BigEndian(length);
  return Byte(0x80 | bytes.size()) + bytes;
}

}  // namespace

std::string WriteDer(DerTag tag, std::initializer_list<std::string_view> parts) {
  std::string contents;
  for (const std::string_view part : parts) contents += part;
  return absl::StrCat(Byte(static_cast<uint8_t>(tag)), WriteLength(contents.size()), contents);
}

std::string WriteDerSequence(std::initializer_list<std::string_view> parts) {
  return WriteDer(DerTag::kSequence, parts);
}

std::string WriteDerOid(std::string_view text) {
  return WriteDer(DerTag::kObjectIdentifier, {OidBytes(text).value()});
}

std::string WriteDerUnsigned(uint64_t number) {
  std::string bytes = BigEndian(number);
  if ((bytes.front() & 0x80) != 0) bytes.insert(0, Byte(0));
  return WriteDer(DerTag::kInteger, {bytes});
}

std::string WriteDerBitString(std::string_view bytes) {
  return WriteDer(DerTag::kBitString, {std::string_view("\0", 1), bytes});
}

std::string WriteDerTime(absl::Time time) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  if (absl::ToCivilYear(time, utc).year() < 2050) {
    return WriteDer(DerTag::kUtcTime, {absl::FormatTime("%y%m%d%H%M%SZ", time, utc)});
  }
  return WriteDer(DerTag::kGeneralizedTime, {absl::FormatTime("%Y%m%d%H%M%SZ", time, utc)});
}

}  // namespace countersign::crypto
