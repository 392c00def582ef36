#ifndef COUNTERSIGN_CRYPTO_CERTIFICATE_H_
#define COUNTERSIGN_CRYPTO_CERTIFICATE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/subject_name.h"

namespace countersign::crypto {

// An X.509 certificate (RFC 5280), as far as its owner needs to know what it is: nothing here
// decides whom to trust. Copyable, immutable but for assignment, thread-safe as such.
class Certificate {
 public:
  // InvalidArgument, in words that go on a sentence about the certificate, if the bytes are no DER
  // Certificate (section 4.1), more follows it, or an extension that is read here is malformed.
  static absl::StatusOr<Certificate> FromDer(std::string_view der);

  // The same of a certificate that comes with a signature: strict, since whatever can be read in
  // two ways was written to be. InvalidArgument also if it is not DER throughout, of version 3,
  // with one name for the signature's algorithm and each extension once, or its subjectAltName is
  // malformed; ResourceExhausted if it is longer than 32 KiB, or has more names there, or more
  // extensions, than are read (kMaxSubjectNames, kMaxExtensions). Which extensions are critical, and
  // what it may be used for, is for a chain to judge (certificate_chain.h).
  static absl::StatusOr<Certificate> FromDerStrictly(std::string_view der);

  // The certificates of a PEM text (RFC 7468 section 5), at least one, in their order; text outside
  // of blocks is ignored. InvalidArgument says which block, counted from 1, is wrong and how; also
  // if there is none, or one that is no certificate (such as a private key).
  static absl::StatusOr<std::vector<Certificate>> ParseChain(std::string_view pem);

  std::string Pem() const;
  const std::string& der() const { return der_; }
  // "SHA256:" and the hex SHA-256 of the DER.
  std::string Fingerprint() const;

  // For people (RFC 2253): "CN=countersign-ca".
  const std::string& subject() const { return subject_; }
  // From when and until when it holds, both included (section 4.1.2.5).
  absl::Time not_before() const { return not_before_; }
  absl::Time not_after() const { return not_after_; }
  bool HoldsAt(absl::Time time) const { return not_before_ <= time && time <= not_after_; }

  // The subject's alternative names (section 4.2.1.6) that are DNS names or IP addresses, as text.
  const std::vector<std::string>& names() const { return names_; }
  // May it sign certificates: basicConstraints says that it is an authority (section 4.2.1.9), and
  // a keyUsage, if there is one, has keyCertSign (section 4.2.1.3).
  bool is_authority() const { return is_authority_; }
  // May a TLS server, or client, show it (section 4.2.1.12): without extKeyUsage, anything goes.
  bool is_for_servers() const { return is_for_servers_; }
  bool is_for_clients() const { return is_for_clients_; }

  // Its subject is its issuer.
  bool is_self_issued() const { return is_self_issued_; }

  // Its DER SubjectPublicKeyInfo (section 4.1.2.7), as it stands there if it was read strictly.
  const std::string& public_key_info() const { return public_key_; }

  // These two are only of certificates that were read strictly; others have none.
  using SubjectName = crypto::SubjectName;
  const std::vector<SubjectName>& subject_names() const { return subject_names_; }
  // The contents of extnValue of the extension with this object identifier
  // ("1.3.6.1.4.1.57264.1.8"); null if there is none.
  const std::string* FindExtension(std::string_view oid) const;

  // Whether `issuer` is an authority that has signed this one: names, key identifiers and the
  // signature itself fit. Says nothing of either's time.
  bool IsSignedBy(const Certificate& issuer) const;
  // Whether it is for this public key: a DER SubjectPublicKeyInfo (section 4.1.2.7).
  bool Certifies(std::string_view public_key) const { return public_key_ == public_key; }

  // What it takes in memory, about: of one with many names it is many times its DER.
  size_t memory_bytes() const;

  friend bool operator==(const Certificate& a, const Certificate& b) { return a.der_ == b.der_; }

 private:
  struct Reader;
  struct Extension {
    std::string oid;  // its contents
    std::string value;
  };
  Certificate() = default;

  std::string der_;
  std::string public_key_;
  std::string subject_;
  absl::Time not_before_;
  absl::Time not_after_;
  std::vector<std::string> names_;
  std::vector<SubjectName> subject_names_;
  std::vector<Extension> extensions_;
  bool is_self_issued_ = false;
  bool is_authority_ = false;
  bool is_for_servers_ = false;
  bool is_for_clients_ = false;
};

// The PEM text of several, one after the other.
std::string WriteChain(const std::vector<Certificate>& certificates);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_CERTIFICATE_H_
