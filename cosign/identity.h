#ifndef COUNTERSIGN_COSIGN_IDENTITY_H_
#define COUNTERSIGN_COSIGN_IDENTITY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/certificate.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace countersign::cosign {

// Whom a certificate of Fulcio's kind says it was given to. It is worth what the path is that leads
// from the certificate to an authority.
struct CertificateIdentity {
  // Who vouched for the signer to the authority, an OpenID Connect issuer; "": nobody is named.
  std::string issuer;
  // The alternative names that are URIs, email addresses, or Fulcio's user names ("user!domain"), as
  // they are written; DNS names and addresses are no identities. None is empty.
  std::vector<std::string> subjects;
  // What else Fulcio's extensions say (fulcio's docs/oid-info.md), and the issuer, by the names that
  // sigstore-go gives them: "sourceRepositoryURI".
  std::map<std::string, std::string, std::less<>> extensions;
};

// What it takes in memory beside itself.
size_t AllocatedBytes(const CertificateIdentity& identity);

// The identity in a certificate that was read strictly. InvalidArgument, in words that go on a
// sentence about the certificate, if one of the extensions is not of its form, or its two for the
// issuer, the old and the new, differ. Pure.
absl::StatusOr<CertificateIdentity> IdentityOf(const crypto::Certificate& certificate);

// Whether extensions have a name like this (CertificateIdentity::extensions).
bool IsExtensionName(std::string_view name);

// One identity that a policy names: exactly one of the first two, and of the two for the subject, is
// not empty. Without `regexp` the text must be exactly that; with it, RE2's syntax, it must be in it
// somewhere.
struct IdentityRule {
  std::string issuer;
  std::string issuer_regexp;
  std::string subject;
  std::string subject_regexp;
  // What else the certificate must say, exactly, by the names of CertificateIdentity::extensions.
  std::map<std::string, std::string, std::less<>> extensions;
};

// Expressions, each compiled once, and how much more they may take, in instructions of RE2's programs.
// For one thread.
class Regexps {
 public:
  // To read them is work, and to read those in vain of which nothing is left.
  static constexpr size_t kMaxBytes = 256 << 10;
  static constexpr size_t kMaxFaulty = 64;

  explicit Regexps(size_t instructions = std::numeric_limits<size_t>::max())
      : left_(instructions) {}

  // InvalidArgument as base::CompileRegexp;
  // ResourceExhausted if there is not as much left, or they are longer together than kMaxBytes, or
  // kMaxFaulty could not be compiled, and from then on for every one that is new, which is not compiled
  // any more.
  absl::StatusOr<std::shared_ptr<const re2::RE2>> Compile(const std::string& regexp);

  size_t used() const { return used_; }

 private:
  std::map<std::string, std::shared_ptr<const re2::RE2>> compiled_;
  size_t left_;
  size_t used_ = 0;
  size_t bytes_ = 0;
  size_t faulty_ = 0;
};

// The identities that a policy names, of which any will do. Immutable but for assignment; copies
// share the compiled expressions; thread-safe.
class Identities {
 public:
  // InvalidArgument, in words for the policy's author, if there is none (which would be anybody), or
  // one is not as above, or its expression is none, or too large when it is compiled, or it asks for
  // an extension that has no name here, or for one without text. ResourceExhausted of `regexps`.
  static absl::StatusOr<Identities> Compile(std::vector<IdentityRule> rules, Regexps& regexps);
  // Where nobody else has any.
  static absl::StatusOr<Identities> Compile(std::vector<IdentityRule> rules);

  // The first of the identity's subjects that one of the rules is for; null: none. Of an identity
  // without an issuer there is none, whatever a rule says.
  const std::string* FindSubject(const CertificateIdentity& identity) const;

  // Where there is none for an extension's sake alone, the name of one that says something else than
  // a rule asks, or that the certificate does not have; null: for other reasons, or there is one.
  const std::string* FindOtherExtension(const CertificateIdentity& identity) const;

  const std::vector<IdentityRule>& rules() const { return rules_; }

 private:
  // An expression, or without one, a text.
  struct Matcher {
    std::string text;
    std::shared_ptr<const re2::RE2> regexp;

    bool Matches(std::string_view other) const;
  };
  struct Compiled {
    Matcher issuer;
    Matcher subject;

    const std::string* FindSubject(const CertificateIdentity& identity) const;
  };

  Identities() = default;
  static absl::StatusOr<Matcher> CompileMatcher(std::string_view what, const std::string& text,
                                                const std::string& regexp, Regexps& regexps);

  std::vector<IdentityRule> rules_;
  std::vector<Compiled> compiled_;  // of rules_, in their order
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_IDENTITY_H_
