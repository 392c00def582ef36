#ifndef COUNTERSIGN_CRYPTO_TIMESTAMP_H_
#define COUNTERSIGN_CRYPTO_TIMESTAMP_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/certificate.h"
#include "crypto/message.h"

namespace countersign::crypto {

// Largest response, and most certificates in it, that are read.
inline constexpr size_t kMaxTimestampBytes = 64 << 10;
inline constexpr size_t kMaxTimestampCertificates = 10;

// Who is trusted to say what time it is.
struct TimestampAuthority {
  // The signer's certificate may be the first; the last is the anchor.
  std::vector<Certificate> chain;
  // From when and until when it is trusted, both included; nullopt: without an end on that side.
  std::optional<absl::Time> start;
  std::optional<absl::Time> end;
};

enum class TimestampFault {
  kUnspecified = 0,
  kWrongImprint,      // it is of something else
  kUnknownAuthority,  // another authority has made it
  kBadSignature,
  kUnfitSigner,   // the certificate is none to stamp with, or not the one that was meant
  kNotValidThen,  // the authority, or a certificate of it, does not hold at its time
  kLimit,         // its certificates are more than are looked at
};

struct TimestampRefusal {
  TimestampFault fault = TimestampFault::kUnspecified;
  std::string sentence;  // for people, about the timestamp: "it is of another signature"
};

// A timestamp (RFC 3161) as an authority answers with it: a signed time, of which nothing is
// believed. Copyable (copies share it), immutable, thread-safe.
class TimestampToken {
 public:
  // Reads a TimeStampResp (section 2.4.2): strict DER, whole.
  //
  // InvalidArgument, in words that go on a sentence about the timestamp, if it was not granted, is
  // malformed, by other algorithms than SHA-256, SHA-384 and SHA-512 with ECDSA or RSA PKCS #1
  // v1.5, not signed by one signer over attributes that say what and by whom, or beyond the limits.
  static absl::StatusOr<TimestampToken> FromDer(std::string_view time_stamp_resp);

  // When it says that it was made; nobody vouches for it before VerifyTimestamp.
  absl::Time time() const;

 private:
  friend std::variant<TimestampRefusal, absl::Time> VerifyTimestamp(const TimestampToken& token,
                                                                    const Message& stamped,
                                                                    const TimestampAuthority&);
  friend size_t CostToVerifyTimestamp(const TimestampToken& token, const Message& stamped,
                                      const TimestampAuthority&);
  struct Rep;
  explicit TimestampToken(std::shared_ptr<const Rep> rep);
  std::shared_ptr<const Rep> rep_;
};

// When `stamped` was there already, as this authority says; or why it does not say so. Pure; takes
// one signature, and those of a path of certificates (certificate_chain.h).
//
// The signer is the authority's own, if the first of its chain is no authority's certificate; else
// one of those that the token has with it, which are trusted for nothing. In both cases a path
// leads from it to the anchor, which held when the time was stamped; what has expired since is as
// good.
std::variant<TimestampRefusal, absl::Time> VerifyTimestamp(const TimestampToken& token,
                                                           const Message& stamped,
                                                           const TimestampAuthority& authority);

// What FromDer of it costs at the most, about, in units of one ECDSA P-256 verification
// (PublicKey::Cost): one for each certificate that is read, as keys on dear curves take that. Pure;
// reads none of them.
size_t CostToReadTimestamp(std::string_view time_stamp_resp);

// What VerifyTimestamp costs at the most, about, in the same units.
// 0: it is refused without a public-key operation, as what is of something else, or of another
// authority. Pure; takes none.
size_t CostToVerifyTimestamp(const TimestampToken& token, const Message& stamped,
                             const TimestampAuthority& authority);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_TIMESTAMP_H_
