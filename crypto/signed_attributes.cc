#include "crypto/signed_attributes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "crypto/der.h"

namespace countersign::crypto {
namespace {

// RFC 5652 section 11.
constexpr Oid kContentType("1.2.840.113549.1.9.3");
constexpr Oid kMessageDigest("1.2.840.113549.1.9.4");
constexpr Oid kSigningTime("1.2.840.113549.1.9.5");
// RFC 2634 section 5.4, RFC 5035 section 3.
constexpr Oid kSigningCertificate("1.2.840.113549.1.9.16.2.12");
constexpr Oid kSigningCertificateV2("1.2.840.113549.1.9.16.2.47");

struct Attribute {
  std::string_view element;
  std::string_view oid;
  std::string_view value;  // an element, whatever it is
};

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("a signed attribute of it is malformed: ", what));
}

absl::StatusOr<Attribute> ReadAttribute(DerReader& list) {
  DerReader ahead = list;
  Attribute attribute;
  std::string_view contents;
  if (!list.ReadElement(DerTag::kSequence, attribute.element) ||
      !ahead.Read(DerTag::kSequence, contents)) {
    return Malformed("it is no DER sequence");
  }
  DerReader parts(contents);
  std::string_view values;
  if (!parts.ReadOid(attribute.oid) || !parts.Read(DerTag::kSet, values) || !parts.AtEnd()) {
    return Malformed("it has no name and values");
  }
  DerReader value(values);
  if (!value.ReadAnyElement(attribute.value) || !value.AtEnd()) {
    return Malformed("it has not one value");
  }
  return attribute;
}

// Of a value that is this and nothing else.
bool ReadWhole(std::string_view value, DerTag tag, std::string_view& contents) {
  DerReader reader(value);
  return reader.Read(tag, contents) && reader.AtEnd();
}

// RFC 5652 section 11.3: either form, to the second.
std::optional<absl::Time> ReadSigningTime(std::string_view value) {
  std::string_view text;
  if (ReadWhole(value, DerTag::kUtcTime, text)) return ParseUtcTime(text);
  if (ReadWhole(value, DerTag::kGeneralizedTime, text) && !absl::StrContains(text, '.')) {
    return ParseGeneralizedTime(text);
  }
  return std::nullopt;
}

// Takes an attribute's value where it belongs; false if it is malformed.
bool Take(const Attribute& attribute, SignedAttributes& attributes) {
  const std::string_view value = attribute.value;
  if (attribute.oid == kContentType.bytes()) {
    return ReadWhole(value, DerTag::kObjectIdentifier, attributes.content_type);
  }
  if (attribute.oid == kMessageDigest.bytes()) {
    return ReadWhole(value, DerTag::kOctetString, attributes.message_digest);
  }
  if (attribute.oid == kSigningTime.bytes()) {
    attributes.signing_time = ReadSigningTime(value);
    return attributes.signing_time.has_value();
  }
  if (attribute.oid == kSigningCertificate.bytes()) {
    attributes.signing_certificate = ReadSigningCertificate(value);
    return attributes.signing_certificate.has_value();
  }
  if (attribute.oid == kSigningCertificateV2.bytes()) {
    attributes.signing_certificate_v2 = ReadSigningCertificateV2(value);
    return attributes.signing_certificate_v2.has_value();
  }
  return true;
}

bool HasDuplicates(const std::vector<Attribute>& list) {
  std::vector<std::string_view> oids;
  oids.reserve(list.size());
  for (const Attribute& attribute : list) oids.push_back(attribute.oid);
  std::sort(oids.begin(), oids.end());
  return std::adjacent_find(oids.begin(), oids.end()) != oids.end();
}

// Some signers do not transmit them in the order in which they have signed them.
std::string SignedBytes(std::string_view tag_and_length, std::vector<Attribute> list) {
  std::sort(list.begin(), list.end(),
            [](const Attribute& a, const Attribute& b) { return a.element < b.element; });
  std::string bytes(tag_and_length);
  bytes.front() = static_cast<char>(DerTag::kSet);
  for (const Attribute& attribute : list) absl::StrAppend(&bytes, attribute.element);
  return bytes;
}

}  // namespace

absl::StatusOr<SignedAttributes> ReadSignedAttributes(std::string_view element) {
  std::string_view contents;
  DerReader whole(element);
  if (!whole.Read(ConstructedTag(0), contents) || !whole.AtEnd()) {
    return Malformed("they are no set");
  }
  SignedAttributes attributes;
  std::vector<Attribute> list;
  DerReader rest(contents);
  while (!rest.AtEnd()) {
    CS_ASSIGN_OR_RETURN(const Attribute attribute, ReadAttribute(rest));
    if (!Take(attribute, attributes)) return Malformed("it has not the value of its kind");
    list.push_back(attribute);
  }
  if (HasDuplicates(list)) return absl::InvalidArgumentError("it has a signed attribute twice");
  if (attributes.content_type.empty()) {
    return absl::InvalidArgumentError("it does not sign what kind of content it is of");
  }
  if (attributes.message_digest.empty()) {
    return absl::InvalidArgumentError("it does not sign its content");
  }
  if (!attributes.signing_certificate.has_value() &&
      !attributes.signing_certificate_v2.has_value()) {
    return absl::InvalidArgumentError("it does not say which certificate is its signer's");
  }
  attributes.signed_bytes =
      SignedBytes(element.substr(0, element.size() - contents.size()), std::move(list));
  return attributes;
}

}  // namespace countersign::crypto
