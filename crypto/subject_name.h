#ifndef COUNTERSIGN_CRYPTO_SUBJECT_NAME_H_
#define COUNTERSIGN_CRYPTO_SUBJECT_NAME_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace countersign::crypto {

// One of a certificate's alternative names (RFC 5280 section 4.2.1.6), of the kinds by which people
// and workloads are named.
struct SubjectName {
  enum class Kind {
    kUnspecified = 0,
    kUri,    // uniformResourceIdentifier: ASCII
    kEmail,  // rfc822Name: ASCII
    kOther,  // otherName with a UTF8String
  };
  Kind kind = Kind::kUnspecified;
  std::string text;
  std::string other_oid;  // of kOther alone: "1.3.6.1.4.1.57264.1.7"

  friend bool operator==(const SubjectName&, const SubjectName&) = default;
};

// Of any kind; what has more is not read. A name of two bytes takes many times that in memory, and
// whoever signs has one, seldom two.
inline constexpr size_t kMaxSubjectNames = 100;

// Those of a DER SubjectAltName, in their order; names of other kinds, and other names that are no
// text, are left out. InvalidArgument, in words that go on a sentence about the certificate, if it
// is malformed, without any name, or has a URI or email that is not ASCII; ResourceExhausted if it
// has more than kMaxSubjectNames.
absl::StatusOr<std::vector<SubjectName>> ReadSubjectNames(std::string_view subject_alt_name);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_SUBJECT_NAME_H_
