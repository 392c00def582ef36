#include "crypto/der.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/bytestring.h>
#include <openssl/mem.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/time/civil_time.h"
#include "base/utf8.h"

namespace countersign::crypto {
namespace {

constexpr size_t kMostFractionDigits = 9;

CBS ToCbs(std::string_view bytes) {
  CBS cbs;
  CBS_init(&cbs, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return cbs;
}

std::string_view ToView(const CBS& cbs) {
  return {reinterpret_cast<const char*>(CBS_data(&cbs)), CBS_len(&cbs)};
}

// BoringSSL keeps class and form of a tag in the upper bits of a larger number.
unsigned NativeTag(DerTag tag) {
  const unsigned byte = static_cast<uint8_t>(tag);
  return (byte & 0xe0) << CBS_ASN1_TAG_SHIFT | (byte & 0x1f);
}

// Whether OidText reads it; certificates are full of them, and writing text takes a while.
bool IsOid(std::string_view contents) {
  uint64_t number = 0;
  bool is_within = true;  // a number has not ended; at first none has begun
  for (const char c : contents) {
    const auto byte = static_cast<uint8_t>(c);
    const bool is_longer_than_need_be = number == 0 && byte == 0x80;
    if (is_longer_than_need_be || number >> (64 - 7) != 0) return false;
    number = number << 7 | (byte & 0x7f);
    is_within = (byte & 0x80) != 0;
    if (!is_within) number = 0;
  }
  return !is_within;
}

bool IsDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// `digits` are at most nine.
int Number(std::string_view digits) {
  int number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number;
}

// MMDDHHMMSS of a year, all digits.
std::optional<absl::Time> TimeInYear(int year, std::string_view digits) {
  const int month = Number(digits.substr(0, 2));
  const int day = Number(digits.substr(2, 2));
  const int hour = Number(digits.substr(4, 2));
  const int minute = Number(digits.substr(6, 2));
  const int second = Number(digits.substr(8, 2));
  // What there is not becomes another moment that there is.
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.month() != month || civil.day() != day || civil.hour() != hour ||
      civil.minute() != minute || civil.second() != second) {
    return std::nullopt;
  }
  return absl::FromCivil(civil, absl::UTCTimeZone());
}

// ".5" is half a second.
std::optional<absl::Duration> ParseFraction(std::string_view text) {
  const std::string_view digits = text.substr(1);
  if (text.front() != '.' || digits.empty() || digits.size() > kMostFractionDigits ||
      !IsDigits(digits) || digits.back() == '0') {
    return std::nullopt;
  }
  int64_t nanoseconds = Number(digits);
  for (size_t i = digits.size(); i < kMostFractionDigits; ++i) nanoseconds *= 10;
  return absl::Nanoseconds(nanoseconds);
}

}  // namespace

bool DerReader::NextIs(DerTag tag) const {
  const CBS rest = ToCbs(rest_);
  return CBS_peek_asn1_tag(&rest, NativeTag(tag)) == 1;
}

bool DerReader::Read(DerTag tag, std::string_view& contents) {
  CBS rest = ToCbs(rest_);
  CBS read;
  if (!CBS_get_asn1(&rest, &read, NativeTag(tag))) return false;
  contents = ToView(read);
  rest_ = ToView(rest);
  return true;
}

bool DerReader::ReadElement(DerTag tag, std::string_view& element) {
  return NextIs(tag) && ReadAnyElement(element);
}

bool DerReader::ReadAnyElement(std::string_view& element) {
  CBS rest = ToCbs(rest_);
  CBS read;
  if (!CBS_get_any_asn1_element(&rest, &read, nullptr, nullptr)) return false;
  element = ToView(read);
  rest_ = ToView(rest);
  return true;
}

bool DerReader::ReadBoolean(bool& value) {
  CBS rest = ToCbs(rest_);
  int read = 0;
  if (!CBS_get_asn1_bool(&rest, &read)) return false;
  value = read != 0;
  rest_ = ToView(rest);
  return true;
}

bool DerReader::ReadUnsigned(uint64_t& value) {
  CBS rest = ToCbs(rest_);
  uint64_t read = 0;
  if (!CBS_get_asn1_uint64(&rest, &read)) return false;
  value = read;
  rest_ = ToView(rest);
  return true;
}

bool DerReader::ReadInteger(std::string_view& contents) {
  DerReader ahead = *this;
  std::string_view read;
  if (!ahead.Read(DerTag::kInteger, read)) return false;
  const CBS number = ToCbs(read);
  if (!CBS_is_valid_asn1_integer(&number, nullptr)) return false;
  contents = read;
  *this = ahead;
  return true;
}

bool DerReader::ReadOid(std::string_view& contents) {
  DerReader ahead = *this;
  std::string_view read;
  if (!ahead.Read(DerTag::kObjectIdentifier, read) || !IsOid(read)) return false;
  contents = read;
  *this = ahead;
  return true;
}

bool DerReader::ReadBitString(std::string_view& bytes) {
  DerReader ahead = *this;
  std::string_view read;
  if (!ahead.Read(DerTag::kBitString, read) || read.empty() || read.front() != 0) return false;
  bytes = read.substr(1);
  *this = ahead;
  return true;
}

std::optional<std::string> OidText(std::string_view contents) {
  const CBS cbs = ToCbs(contents);
  const bssl::UniquePtr<char> text(CBS_asn1_oid_to_text(&cbs));
  if (text == nullptr) return std::nullopt;
  return std::string(text.get());
}

std::optional<std::string> OidBytes(std::string_view text) {
  bssl::ScopedCBB contents;
  if (!CBB_init(contents.get(), text.size()) ||
      !CBB_add_asn1_oid_from_text(contents.get(), text.data(), text.size()) ||
      !CBB_flush(contents.get())) {
    return std::nullopt;
  }
  return std::string(reinterpret_cast<const char*>(CBB_data(contents.get())),
                     CBB_len(contents.get()));
}

std::optional<absl::Time> ParseUtcTime(std::string_view contents) {
  constexpr std::string_view kForm = "YYMMDDHHMMSSZ";
  if (contents.size() != kForm.size() || contents.back() != 'Z') return std::nullopt;
  contents.remove_suffix(1);
  if (!IsDigits(contents)) return std::nullopt;
  const int year = Number(contents.substr(0, 2));
  return TimeInYear(year < 50 ? 2000 + year : 1900 + year, contents.substr(2));
}

std::optional<absl::Time> ParseGeneralizedTime(std::string_view contents) {
  constexpr std::string_view kSeconds = "YYYYMMDDHHMMSS";
  if (contents.size() <= kSeconds.size() || contents.back() != 'Z') return std::nullopt;
  contents.remove_suffix(1);
  const std::string_view digits = contents.substr(0, kSeconds.size());
  if (!IsDigits(digits)) return std::nullopt;
  const std::optional<absl::Time> time = TimeInYear(Number(digits.substr(0, 4)), digits.substr(4));
  if (!time.has_value() || contents.size() == kSeconds.size()) return time;
  const std::optional<absl::Duration> fraction = ParseFraction(contents.substr(kSeconds.size()));
  if (!fraction.has_value()) return std::nullopt;
  return *time + *fraction;
}

std::optional<std::string> ReadUtf8String(std::string_view der) {
  DerReader reader(der);
  std::string_view text;
  if (!reader.Read(DerTag::kUtf8String, text) || !reader.AtEnd() || !base::IsUtf8(text)) {
    return std::nullopt;
  }
  return std::string(text);
}

}  // namespace countersign::crypto
