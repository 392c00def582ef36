#include "crypto/timestamp.h"

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "crypto/certificate_chain.h"
#include "crypto/certificate_fields.h"
#include "crypto/certificate_id.h"
#include "crypto/certificate_usage.h"
#include "crypto/chain_cost.h"
#include "crypto/check_switch.h"
#include "crypto/der.h"
#include "crypto/public_key.h"
#include "crypto/signed_data.h"
#include "crypto/tst_info.h"

namespace countersign::crypto {
namespace {

using Refusal = std::optional<TimestampRefusal>;

constexpr Oid kSubjectKeyIdentifier("2.5.29.14");

// PKIStatus (RFC 3161 section 2.4.2).
constexpr uint64_t kGranted = 0;
constexpr uint64_t kGrantedWithModifications = 1;

absl::Status Malformed() { return absl::InvalidArgumentError("it is no DER TimeStampResp"); }

// The contents of a PKIStatusInfo, in which a text and a reason may follow the status.
absl::Status CheckStatus(std::string_view status_info) {
  DerReader parts(status_info);
  uint64_t status = 0;
  std::string_view unused;
  if (!parts.ReadUnsigned(status)) return Malformed();
  if (status != kGranted && status != kGrantedWithModifications) {
    return absl::InvalidArgumentError(
        absl::StrCat("its authority has refused it, with the status ", status));
  }
  const bool is_whole =
      (!parts.NextIs(DerTag::kSequence) || parts.Read(DerTag::kSequence, unused)) &&
      (!parts.NextIs(DerTag::kBitString) || parts.Read(DerTag::kBitString, unused)) &&
      parts.AtEnd();
  return is_whole ? absl::OkStatus() : Malformed();
}

// The ContentInfo of a TimeStampResp.
absl::StatusOr<std::string_view> ReadToken(std::string_view time_stamp_resp) {
  DerReader whole(time_stamp_resp);
  std::string_view contents;
  std::string_view status_info;
  if (!whole.Read(DerTag::kSequence, contents) || !whole.AtEnd()) return Malformed();
  DerReader parts(contents);
  if (!parts.Read(DerTag::kSequence, status_info)) return Malformed();
  CS_RETURN_IF_ERROR(CheckStatus(status_info));
  std::string_view token;
  if (!parts.ReadElement(DerTag::kSequence, token) || !parts.AtEnd()) return Malformed();
  return token;
}

absl::StatusOr<std::vector<Certificate>> ReadCertificates(absl::Span<const std::string_view> ders) {
  if (ders.size() > kMaxTimestampCertificates) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has more than ", kMaxTimestampCertificates, " certificates with it"));
  }
  std::vector<Certificate> certificates;
  for (const std::string_view der : ders) {
    absl::StatusOr<Certificate> certificate = Certificate::FromDerStrictly(der);
    if (!certificate.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("of its certificates number ", certificates.size() + 1,
                       " cannot be read: ", certificate.status().message()));
    }
    certificates.push_back(*std::move(certificate));
  }
  return certificates;
}

bool IsSignerId(const SignerId& id, const CertificateFields& fields) {
  if (const auto* named = std::get_if<IssuerAndSerial>(&id)) {
    return named->issuer == fields.issuer && named->serial == fields.serial;
  }
  const CertificateExtension* const extension = fields.Find(kSubjectKeyIdentifier);
  if (extension == nullptr) return false;
  DerReader value(extension->value);
  std::string_view key_id;
  return value.Read(DerTag::kOctetString, key_id) && value.AtEnd() &&
         key_id == std::get<SubjectKeyId>(id).bytes;
}

// The certificates of which one may be the signer's.
absl::Span<const Certificate> Candidates(absl::Span<const Certificate> embedded,
                                         const TimestampAuthority& authority) {
  if (authority.chain.empty()) return {};
  const Certificate& first = authority.chain.front();
  const absl::StatusOr<CertificateFields> fields = ReadCertificateFields(first.der());
  if (!fields.ok()) return {};
  const absl::StatusOr<CertificateUsage> usage = ReadCertificateUsage(*fields);
  if (!usage.ok()) return {};
  return usage->is_authority ? embedded : absl::MakeSpan(&first, 1);
}

// Whether what is signed says that this certificate is the signer's.
bool SaySigner(const SignedAttributes& attributes, std::string_view der,
               const CertificateFields& fields) {
  const auto fits = [&](const std::optional<CertificateId>& id) {
    return !id.has_value() || IsIdOf(*id, der, fields);
  };
  return fits(attributes.signing_certificate) && fits(attributes.signing_certificate_v2);
}

std::variant<TimestampRefusal, const Certificate*> FindSigner(
    const SignedData& data, absl::Span<const Certificate> candidates) {
  TimestampRefusal refusal = {TimestampFault::kUnknownAuthority,
                              "it was not made by the trusted authority"};
  for (const Certificate& candidate : candidates) {
    const absl::StatusOr<CertificateFields> fields = ReadCertificateFields(candidate.der());
    if (!fields.ok() || !IsSignerId(data.signer, *fields)) continue;
    if (SaySigner(data.attributes, candidate.der(), *fields)) return &candidate;
    refusal = {TimestampFault::kUnfitSigner, "what is signed names another certificate"};
  }
  return refusal;
}

Refusal CheckSignature(const SignedData& data, const Certificate& signer) {
  if (DigestOf(Message(std::string(data.content)), data.digest_algorithm) !=
      data.attributes.message_digest) {
    return TimestampRefusal{TimestampFault::kBadSignature, "what is signed is not what it says"};
  }
  const absl::StatusOr<PublicKey> key = PublicKey::FromDer(signer.public_key_info());
  if (!key.ok()) {
    return TimestampRefusal{TimestampFault::kUnfitSigner,
                            absl::StrCat("its signer's key: ", key.status().message())};
  }
  if (!key->VerifyAs(data.scheme, Message(data.attributes.signed_bytes), data.signature,
                     EcdsaEncoding::kDer)) {
    return TimestampRefusal{TimestampFault::kBadSignature, "its signature does not hold"};
  }
  return std::nullopt;
}

TimestampFault FaultOf(ChainFault fault) {
  switch (fault) {
    case ChainFault::kUntrusted:
      return TimestampFault::kUnknownAuthority;
    case ChainFault::kNotValidThen:
      return TimestampFault::kNotValidThen;
    case ChainFault::kUnfit:
      return TimestampFault::kUnfitSigner;
    case ChainFault::kLimit:
      return TimestampFault::kLimit;
    case ChainFault::kUnspecified:
      break;
  }
  return TimestampFault::kUnspecified;
}

// Of the authority and the signer's certificate; the path says what holds of the others.
Refusal CheckTimes(const SignedData& data, absl::Time time, const Certificate& signer,
                   const TimestampAuthority& authority) {
  const bool is_trusted = (!authority.start.has_value() || *authority.start <= time) &&
                          (!authority.end.has_value() || time <= *authority.end);
  if (!is_trusted && !IsOff(Check::kTimestampAuthorityIsTrusted)) {
    return TimestampRefusal{TimestampFault::kNotValidThen,
                            "its authority was not trusted at its time"};
  }
  if (data.attributes.signing_time.has_value() && !signer.HoldsAt(*data.attributes.signing_time)) {
    return TimestampRefusal{TimestampFault::kNotValidThen,
                            "its signer's certificate did not hold when it was signed"};
  }
  return std::nullopt;
}

// Whose certificate has signed it, if anybody's whom the authority stands for.
std::variant<TimestampRefusal, const Certificate*> FindWhoStamped(
    const SignedData& data, const TstInfo& info, absl::Span<const Certificate> embedded,
    const Message& stamped, const TimestampAuthority& authority) {
  if (DigestOf(stamped, info.imprint_algorithm) != info.imprint &&
      !IsOff(Check::kTimestampIsOfSignature)) {
    return TimestampRefusal{TimestampFault::kWrongImprint, "it is of another signature"};
  }
  auto found = FindSigner(data, Candidates(embedded, authority));
  if (std::holds_alternative<TimestampRefusal>(found)) return found;
  const Certificate& signer = *std::get<const Certificate*>(found);
  if (Refusal refusal = CheckTimes(data, info.time, signer, authority)) return *std::move(refusal);
  return found;
}

}  // namespace

// The views are into `der`.
struct TimestampToken::Rep {
  std::string der;
  SignedData data;
  TstInfo info;
  std::vector<Certificate> certificates;
};

TimestampToken::TimestampToken(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}

absl::StatusOr<TimestampToken> TimestampToken::FromDer(std::string_view time_stamp_resp) {
  if (time_stamp_resp.size() > kMaxTimestampBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has more than ", kMaxTimestampBytes, " bytes"));
  }
  auto rep = std::make_shared<Rep>();
  rep->der = std::string(time_stamp_resp);
  CS_ASSIGN_OR_RETURN(const std::string_view token, ReadToken(rep->der));
  CS_ASSIGN_OR_RETURN(rep->data, ReadSignedData(token));
  CS_ASSIGN_OR_RETURN(rep->info, ReadTstInfo(rep->data.content));
  CS_ASSIGN_OR_RETURN(rep->certificates, ReadCertificates(rep->data.certificates));
  return TimestampToken(std::move(rep));
}

absl::Time TimestampToken::time() const { return rep_->info.time; }

std::variant<TimestampRefusal, absl::Time> VerifyTimestamp(const TimestampToken& token,
                                                           const Message& stamped,
                                                           const TimestampAuthority& authority) {
  const TimestampToken::Rep& rep = *token.rep_;
  const auto found = FindWhoStamped(rep.data, rep.info, rep.certificates, stamped, authority);
  if (const auto* refusal = std::get_if<TimestampRefusal>(&found)) return *refusal;
  const Certificate& signer = *std::get<const Certificate*>(found);
  if (Refusal refusal = CheckSignature(rep.data, signer)) return *refusal;
  const auto path = FindPath(signer, authority.chain, rep.certificates, rep.info.time,
                             CertificatePurpose::kTimeStamping);
  if (const auto* refusal = std::get_if<ChainRefusal>(&path)) {
    return TimestampRefusal{FaultOf(refusal->fault),
                            absl::StrCat("its signer: ", refusal->sentence)};
  }
  return rep.info.time;
}

size_t CostToReadTimestamp(std::string_view time_stamp_resp) {
  if (time_stamp_resp.size() > kMaxTimestampBytes) return 0;
  const absl::StatusOr<std::string_view> token = ReadToken(time_stamp_resp);
  if (!token.ok()) return 0;
  const absl::StatusOr<SignedData> data = ReadSignedData(*token);
  if (!data.ok() || data->certificates.size() > kMaxTimestampCertificates) return 0;
  return data->certificates.size();
}

size_t CostToVerifyTimestamp(const TimestampToken& token, const Message& stamped,
                             const TimestampAuthority& authority) {
  const TimestampToken::Rep& rep = *token.rep_;
  const auto found = FindWhoStamped(rep.data, rep.info, rep.certificates, stamped, authority);
  const auto* const signer = std::get_if<const Certificate*>(&found);
  if (signer == nullptr) return 0;
  const absl::StatusOr<PublicKey> key = PublicKey::FromDer((*signer)->public_key_info());
  if (!key.ok()) return 0;
  return key->Cost() + CostToFindPath(**signer, authority.chain, rep.certificates);
}

}  // namespace countersign::crypto
