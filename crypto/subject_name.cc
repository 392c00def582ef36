#include "crypto/subject_name.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "crypto/der.h"

namespace countersign::crypto {
namespace {

constexpr DerTag kOtherName = ConstructedTag(0);
constexpr DerTag kEmail = PrimitiveTag(1);
constexpr DerTag kUri = PrimitiveTag(6);

absl::Status Malformed() { return absl::InvalidArgumentError("its subjectAltName is malformed"); }

// IA5String is ASCII.
absl::StatusOr<SubjectName> ReadAscii(SubjectName::Kind kind, std::string_view contents) {
  if (!std::all_of(contents.begin(), contents.end(), absl::ascii_isascii)) {
    return absl::InvalidArgumentError("a name in its subjectAltName is not ASCII");
  }
  return SubjectName{.kind = kind, .text = std::string(contents)};
}

// OtherName (RFC 5280 section 4.2.1.6); nullopt: its value is no text.
absl::StatusOr<std::optional<SubjectName>> ReadOther(std::string_view contents) {
  DerReader parts(contents);
  std::string_view oid;
  std::string_view explicitly;
  std::string_view value;
  if (!parts.ReadOid(oid) || !parts.Read(ConstructedTag(0), explicitly) || !parts.AtEnd()) {
    return Malformed();
  }
  DerReader inside(explicitly);
  if (!inside.ReadAnyElement(value) || !inside.AtEnd()) return Malformed();
  std::optional<std::string> text = ReadUtf8String(value);
  if (!text.has_value()) return std::nullopt;
  return SubjectName{.kind = SubjectName::Kind::kOther,
                     .text = *std::move(text),
                     .other_oid = OidText(oid).value_or("")};
}

}  // namespace

absl::StatusOr<std::vector<SubjectName>> ReadSubjectNames(std::string_view subject_alt_name) {
  DerReader whole(subject_alt_name);
  std::string_view contents;
  if (!whole.Read(DerTag::kSequence, contents) || !whole.AtEnd() || contents.empty()) {
    return Malformed();
  }
  std::vector<SubjectName> names;
  DerReader list(contents);
  for (size_t count = 0; !list.AtEnd(); ++count) {
    if (count == kMaxSubjectNames) {
      return absl::ResourceExhaustedError(
          absl::StrCat("its subjectAltName has more than ", kMaxSubjectNames, " names"));
    }
    std::string_view name;
    if (list.Read(kEmail, name)) {
      CS_ASSIGN_OR_RETURN(SubjectName email, ReadAscii(SubjectName::Kind::kEmail, name));
      names.push_back(std::move(email));
    } else if (list.Read(kUri, name)) {
      CS_ASSIGN_OR_RETURN(SubjectName uri, ReadAscii(SubjectName::Kind::kUri, name));
      names.push_back(std::move(uri));
    } else if (list.Read(kOtherName, name)) {
      CS_ASSIGN_OR_RETURN(std::optional<SubjectName> other, ReadOther(name));
      if (other.has_value()) names.push_back(*std::move(other));
    } else if (!list.ReadAnyElement(name)) {
      return Malformed();
    }
  }
  return names;
}

}  // namespace countersign::crypto
