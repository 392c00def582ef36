#include "crypto/certificate_chain.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "crypto/certificate_fields.h"
#include "crypto/certificate_usage.h"
#include "crypto/check_switch.h"
#include "crypto/der.h"
#include "crypto/message.h"
#include "crypto/name_constraints.h"
#include "crypto/public_key.h"
#include "crypto/signature_algorithm.h"
#include "crypto/signature_scheme.h"

namespace countersign::crypto {
namespace {

constexpr Oid kCodeSigning("1.3.6.1.5.5.7.3.3");
constexpr Oid kTimeStamping("1.3.6.1.5.5.7.3.8");
constexpr Oid kAnyPurpose("2.5.29.37.0");

// A certificate that may be on a path, and what it says.
struct Link {
  const Certificate* certificate;
  CertificateFields fields;
  CertificateUsage usage;
};

// The leaf first.
using Path = absl::Span<const Link* const>;

absl::StatusOr<Link> ReadLink(const Certificate& certificate) {
  CS_ASSIGN_OR_RETURN(CertificateFields fields, ReadCertificateFields(certificate.der()));
  CS_ASSIGN_OR_RETURN(CertificateUsage usage, ReadCertificateUsage(fields));
  return Link{&certificate, std::move(fields), std::move(usage)};
}

bool HasSigned(const CertificateFields& issuer, const CertificateFields& subject) {
  const SignatureScheme scheme = ReadSignatureAlgorithm(subject.signature_algorithm);
  if (scheme == SignatureScheme::kUnspecified) return false;
  const absl::StatusOr<PublicKey> key = PublicKey::FromDer(issuer.public_key_info);
  return key.ok() && key->VerifyAs(scheme, Message(std::string(subject.tbs)), subject.signature,
                                   EcdsaEncoding::kDer);
}

const Oid& OidOf(CertificatePurpose purpose) {
  return purpose == CertificatePurpose::kTimeStamping ? kTimeStamping : kCodeSigning;
}

// Nothing of what is in them, which strangers wrote.
std::string NameOf(size_t place) {
  return place == 0 ? "the certificate" : absl::StrCat("certificate ", place + 1, " of its path");
}

// Why the first certificate of a path is none to sign with; null if it is one.
const char* WhyNoSigner(const CertificateUsage& usage, CertificatePurpose purpose) {
  if (usage.is_precertificate) return "is a precertificate";
  if (usage.is_authority) return "is an authority's, which may sign certificates only";
  if (!usage.may_sign) return "has a keyUsage without digitalSignature";
  if (purpose == CertificatePurpose::kCodeSigning) {
    return usage.HasPurpose(kCodeSigning) ? nullptr : "is not for code signing";
  }
  if (!usage.HasPurpose(kTimeStamping)) return "is not for time stamping";
  if (usage.purposes->oids.size() != 1) return "is not for time stamping alone";
  return usage.purposes->are_critical ? nullptr : "has an extKeyUsage that is not critical";
}

// How many authorities stand between the certificate at that place and the leaf. A self-issued one
// stands for its issuer: for a change of its key.
size_t AuthoritiesBelow(Path path, size_t place) {
  size_t count = 0;
  for (size_t below = 1; below < place; ++below) {
    if (!path[below]->fields.IsSelfIssued()) ++count;
  }
  return count;
}

bool AllowsNames(Path path, size_t place) {
  if (path[place]->fields.Find(kNameConstraints) == nullptr) return true;
  for (size_t below = 0; below < place; ++below) {
    if (below != 0 && path[below]->fields.IsSelfIssued()) continue;
    if (!IsWithinNameConstraints(path[below]->certificate->der(),
                                 path[place]->certificate->der())) {
      return false;
    }
  }
  return true;
}

// Why the certificate at that place, which is not the first, cannot have issued the one before.
const char* WhyNoIssuer(Path path, size_t place, CertificatePurpose purpose) {
  const CertificateUsage& usage = path[place]->usage;
  if (!usage.is_authority) return "is no authority's";
  if (!usage.may_certify) return "has a keyUsage without keyCertSign";
  if (usage.path_length.has_value() && AuthoritiesBelow(path, place) > *usage.path_length) {
    return "allows no path of that length";
  }
  if (usage.purposes.has_value() && !usage.HasPurpose(OidOf(purpose)) &&
      !usage.HasPurpose(kAnyPurpose)) {
    return "is an authority's for other purposes";
  }
  return AllowsNames(path, place) ? nullptr : "does not allow a name of a certificate below it";
}

ChainRefusal NotValidThen(size_t place, absl::Time from, absl::Time until, absl::Time time) {
  const auto written = [](absl::Time t) {
    return absl::FormatTime(absl::RFC3339_full, t, absl::UTCTimeZone());
  };
  return {ChainFault::kNotValidThen,
          absl::StrCat(NameOf(place), " holds from ", written(from), " until ", written(until),
                       ", not at ", written(time))};
}

std::optional<ChainRefusal> Judge(Path path, absl::Time time, CertificatePurpose purpose) {
  for (size_t place = 0; place < path.size(); ++place) {
    const CertificateUsage& usage = path[place]->usage;
    const char* why = place == 0 ? WhyNoSigner(usage, purpose) : WhyNoIssuer(path, place, purpose);
    if (why == nullptr && usage.has_unknown_critical) {
      why = "has a critical extension that is not understood";
    }
    if (why != nullptr) {
      return ChainRefusal{ChainFault::kUnfit, absl::StrCat(NameOf(place), " ", why)};
    }
  }
  if (IsOff(Check::kCertificateHolds)) return std::nullopt;
  for (size_t place = 0; place < path.size(); ++place) {
    const CertificateFields& fields = path[place]->fields;
    if (fields.not_before <= time && time <= fields.not_after) continue;
    return NotValidThen(place, fields.not_before, fields.not_after, time);
  }
  return std::nullopt;
}

// Goes up from the leaf, depth first, the anchor before others, and judges each path that reaches
// the anchor.
class PathSearch {
 public:
  PathSearch(const Link& leaf, absl::Span<const Link> candidates, absl::Time time,
             CertificatePurpose purpose)
      : candidates_(candidates), time_(time), purpose_(purpose), path_{&leaf} {}

  std::variant<ChainRefusal, std::vector<Certificate>> Run() {
    if (Extend()) {
      std::vector<Certificate> found;
      for (const Link* link : path_) found.push_back(*link->certificate);
      return found;
    }
    if (is_limited_) {
      return ChainRefusal{
          ChainFault::kLimit,
          absl::StrCat("no path to the trusted authority was found in ", kMaxSignatureChecks,
                       " signatures and ", kMaxPathLength, " certificates")};
    }
    if (refusal_.has_value()) return *std::move(refusal_);
    return ChainRefusal{ChainFault::kUntrusted,
                        "the certificate was not issued by the trusted authority"};
  }

  // After Run: a path reached the anchor, or none was found within the limits.
  bool may_have_reached_anchor() const {
    return path_.size() > 1 || refusal_.has_value() || is_limited_;
  }

 private:
  // True: the path, which may have grown, is one that holds. Else it is as it was.
  bool Extend() {
    if (path_.back() == Anchor()) {
      std::optional<ChainRefusal> refusal = Judge(path_, time_, purpose_);
      if (!refusal.has_value()) return true;
      if (!refusal_.has_value()) refusal_ = std::move(refusal);
      return false;
    }
    for (const Link& candidate : candidates_) {
      if (candidate.fields.subject != path_.back()->fields.issuer || IsOnPath(candidate)) continue;
      if (path_.size() == kMaxPathLength || checks_ == kMaxSignatureChecks) {
        is_limited_ = true;
        return false;
      }
      ++checks_;
      if (!HasSigned(candidate.fields, path_.back()->fields)) continue;
      path_.push_back(&candidate);
      if (Extend()) return true;
      path_.pop_back();
    }
    return false;
  }

  const Link* Anchor() const { return &candidates_.front(); }

  bool IsOnPath(const Link& candidate) const {
    return std::any_of(path_.begin(), path_.end(), [&](const Link* link) {
      return *link->certificate == *candidate.certificate;
    });
  }

  const absl::Span<const Link> candidates_;  // the anchor first
  const absl::Time time_;
  const CertificatePurpose purpose_;
  std::vector<const Link*> path_;
  size_t checks_ = 0;
  bool is_limited_ = false;
  std::optional<ChainRefusal> refusal_;  // of the first path that reached the anchor
};

// The anchor is read already; what is malformed among the others is left out.
void AddCandidates(absl::Span<const Certificate> certificates, std::vector<Link>& candidates) {
  for (const Certificate& certificate : certificates) {
    absl::StatusOr<Link> read = ReadLink(certificate);
    if (read.ok()) candidates.push_back(*std::move(read));
  }
}

ChainRefusal Unreadable(std::string_view which, ChainFault fault, const absl::Status& status) {
  return {absl::IsResourceExhausted(status) ? ChainFault::kLimit : fault,
          absl::StrCat(which, " cannot be judged: ", status.message())};
}

}  // namespace

std::variant<ChainRefusal, std::vector<Certificate>> FindPath(
    const Certificate& leaf, absl::Span<const Certificate> authority,
    absl::Span<const Certificate> extra, absl::Time time, CertificatePurpose purpose) {
  if (purpose == CertificatePurpose::kUnspecified) {
    return ChainRefusal{ChainFault::kUnfit, "the certificate was asked about for no purpose"};
  }
  if (authority.empty()) {
    return ChainRefusal{ChainFault::kUntrusted, "the trusted authority has no certificate"};
  }
  if (authority.size() > kMaxChainCertificates || extra.size() > kMaxChainCertificates) {
    return ChainRefusal{
        ChainFault::kLimit,
        absl::StrCat("there are more than ", kMaxChainCertificates, " certificates to look at")};
  }
  absl::StatusOr<Link> first = ReadLink(leaf);
  if (!first.ok()) return Unreadable("the certificate", ChainFault::kUnfit, first.status());
  absl::StatusOr<Link> anchor = ReadLink(authority.back());
  if (!anchor.ok()) {
    return Unreadable("the trusted authority", ChainFault::kUntrusted, anchor.status());
  }
  std::vector<Link> candidates = {*std::move(anchor)};
  AddCandidates(authority.subspan(0, authority.size() - 1), candidates);
  AddCandidates(extra, candidates);
  return PathSearch(*first, candidates, time, purpose).Run();
}

std::optional<ChainRefusal> FindTimeRefusal(const Certificate& leaf, absl::Time time) {
  if (leaf.HoldsAt(time) || IsOff(Check::kCertificateHolds)) return std::nullopt;
  return NotValidThen(0, leaf.not_before(), leaf.not_after(), time);
}

bool IsIssuedBy(const Certificate& leaf, absl::Span<const Certificate> authority) {
  if (authority.empty() || authority.size() > kMaxChainCertificates) return false;
  const absl::StatusOr<Link> first = ReadLink(leaf);
  absl::StatusOr<Link> anchor = ReadLink(authority.back());
  if (!first.ok() || !anchor.ok()) return false;
  std::vector<Link> candidates = {*std::move(anchor)};
  AddCandidates(authority.subspan(0, authority.size() - 1), candidates);
  PathSearch search(*first, candidates, leaf.not_before(), CertificatePurpose::kCodeSigning);
  search.Run();
  return search.may_have_reached_anchor();
}

}  // namespace countersign::crypto
