#ifndef COUNTERSIGN_CRYPTO_DER_H_
#define COUNTERSIGN_CRYPTO_DER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace countersign::crypto {

// The identifier of an element (X.690 section 8.1.2): one byte, since no number above 30 is read.
enum class DerTag : uint8_t {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kObjectIdentifier = 0x06,
  kUtf8String = 0x0c,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kSequence = 0x30,
  kSet = 0x31,
};

// The context-specific [number] of an element that holds elements, or bytes. `number` is at most 30.
constexpr DerTag ConstructedTag(uint8_t number) { return static_cast<DerTag>(0xa0 | number); }
constexpr DerTag PrimitiveTag(uint8_t number) { return static_cast<DerTag>(0x80 | number); }

// An object identifier that is known when this is compiled: Oid("2.5.29.15"). Object identifiers
// are compared by their bytes.
class Oid {
 public:
  consteval explicit Oid(std::string_view text) {
    uint64_t first = 0;
    for (size_t component = 0; !text.empty(); ++component) {
      uint64_t number = 0;
      while (!text.empty() && text.front() != '.') {
        number = number * 10 + static_cast<uint64_t>(text.front() - '0');
        text.remove_prefix(1);
      }
      if (!text.empty()) text.remove_prefix(1);
      if (component == 0) {
        first = number;
      } else {
        Append(component == 1 ? first * 40 + number : number);
      }
    }
  }

  // The contents of the OBJECT IDENTIFIER (X.690 section 8.19).
  constexpr std::string_view bytes() const { return {bytes_, size_}; }

 private:
  consteval void Append(uint64_t number) {
    size_t digits = 1;
    while (number >> (7 * digits) != 0) ++digits;
    while (digits-- > 0) {
      const uint64_t more = digits == 0 ? 0 : 0x80;
      bytes_[size_++] = static_cast<char>(more | (number >> (7 * digits) & 0x7f));
    }
  }

  char bytes_[16] = {};
  size_t size_ = 0;
};

// Reads the elements of a DER text (X.690 section 10) one after the other: definite lengths, each
// in as few bytes as there can be. What is read are views into the text. Nothing is read where the
// next element is another or malformed: the function is then false, and has changed neither the
// reader nor its argument. Whether anything is left is the caller's to look at (AtEnd).
class DerReader {
 public:
  explicit DerReader(std::string_view der) : rest_(der) {}

  bool AtEnd() const { return rest_.empty(); }
  // Whether an element of this tag comes next; its length has not been looked at.
  bool NextIs(DerTag tag) const;

  // The contents of the next element, or all of it with its tag and length.
  bool Read(DerTag tag, std::string_view& contents);
  bool ReadElement(DerTag tag, std::string_view& element);
  // All of the next element, of whatever tag.
  bool ReadAnyElement(std::string_view& element);

  bool ReadBoolean(bool& value);
  // A number from 0 to 2^64 - 1.
  bool ReadUnsigned(uint64_t& value);
  // The contents of an INTEGER of any size and sign, in as few bytes as there can be.
  bool ReadInteger(std::string_view& contents);
  // The contents of an OBJECT IDENTIFIER whose numbers are below 2^64.
  bool ReadOid(std::string_view& contents);
  // The bytes of a BIT STRING that is made of whole bytes.
  bool ReadBitString(std::string_view& bytes);

 private:
  std::string_view rest_;
};

// The text of an object identifier's contents ("2.5.29.15"), and the contents of that text; nullopt
// if it is malformed, or a number in it is not below 2^64.
std::optional<std::string> OidText(std::string_view contents);
std::optional<std::string> OidBytes(std::string_view text);

// The moment that a time's contents name; nullopt if they are written in any other way, or there is
// no such day or second (a leap second is none).
//   UTCTime          YYMMDDHHMMSSZ, from 1950 to 2049 (RFC 5280 section 4.1.2.5.1)
//   GeneralizedTime  YYYYMMDDHHMMSSZ, or with a fraction of one to nine digits of which the last is
//                    not zero: YYYYMMDDHHMMSS.fZ (X.690 section 11.7)
std::optional<absl::Time> ParseUtcTime(std::string_view contents);
std::optional<absl::Time> ParseGeneralizedTime(std::string_view contents);

// The text of a DER UTF8String; nullopt if the bytes are not one, more follows it, or it is not
// well-formed UTF-8.
std::optional<std::string> ReadUtf8String(std::string_view der);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_DER_H_
