#include "crypto/test_timestamp.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/sha.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "crypto/certificate_fields.h"
#include "crypto/der.h"
#include "crypto/message.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"

namespace countersign::crypto {
namespace {

constexpr std::string_view kTstInfo = "1.2.840.113549.1.9.16.1.4";
// Sigstore's.
constexpr std::string_view kPolicy = "1.3.6.1.4.1.57264.2";

std::string WriteVersioned(uint64_t version, std::string_view rest) {
  return WriteDerSequence({WriteDerUnsigned(version), rest});
}

std::string SerialElement(const CertificateFields& fields) {
  return WriteDer(DerTag::kInteger, {fields.serial});
}

}  // namespace

std::string WriteHashAlgorithm(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kSha256:
      return WriteDerSequence({WriteDerOid("2.16.840.1.101.3.4.2.1")});
    case HashAlgorithm::kSha384:
      return WriteDerSequence({WriteDerOid("2.16.840.1.101.3.4.2.2")});
    case HashAlgorithm::kSha512:
      return WriteDerSequence({WriteDerOid("2.16.840.1.101.3.4.2.3")});
    case HashAlgorithm::kUnspecified:
      break;
  }
  return WriteDerSequence({WriteDerOid("1.3.14.3.2.26")});
}

std::string HashBytes(HashAlgorithm hash, std::string_view bytes) {
  if (hash != HashAlgorithm::kUnspecified) return DigestOf(Message(std::string(bytes)), hash);
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
       reinterpret_cast<uint8_t*>(digest.data()));
  return digest;
}

std::string WriteAttribute(std::string_view oid, std::string_view values) {
  return WriteDerSequence({WriteDerOid(oid), WriteDer(DerTag::kSet, {values})});
}

std::string WriteSigningCertificateV2(std::string_view elements) {
  return WriteAttribute("1.2.840.113549.1.9.16.2.47",
                        WriteDerSequence({WriteDerSequence({WriteDerSequence({elements})})}));
}

std::string WriteSigningCertificate(std::string_view elements) {
  return WriteAttribute("1.2.840.113549.1.9.16.2.12",
                        WriteDerSequence({WriteDerSequence({WriteDerSequence({elements})})}));
}

std::string WriteIssuerSerial(const Certificate& certificate) {
  const CertificateFields fields = ReadCertificateFields(certificate.der()).value();
  return WriteDerSequence(
      {WriteDerSequence({WriteDer(ConstructedTag(4), {fields.issuer})}), SerialElement(fields)});
}

std::string WriteIssuerAndSerialNumber(const Certificate& certificate) {
  const CertificateFields fields = ReadCertificateFields(certificate.der()).value();
  return WriteDerSequence({fields.issuer, SerialElement(fields)});
}

TestTimestamp::TestTimestamp(std::string_view stamped, absl::Time time, const TestKey& signing_key,
                             const Certificate& certificate)
    : key(signing_key),
      imprint(WriteDerSequence(
          {WriteHashAlgorithm(HashAlgorithm::kSha256),
           WriteDer(DerTag::kOctetString, {HashBytes(HashAlgorithm::kSha256, stamped)})})),
      time_text(absl::FormatTime("%Y%m%d%H%M%SZ", time, absl::UTCTimeZone())),
      content_type(WriteDerOid(kTstInfo)),
      signer_id(WriteIssuerAndSerialNumber(certificate)),
      signature_algorithm(TestSignatureAlgorithm(signing_key, TestScheme::kSha256)),
      status_info(WriteDerUnsigned(0)),
      time_(time),
      certificate_(certificate) {}

std::string TestTimestamp::Info() const {
  return WriteVersioned(info_version,
                        absl::StrCat(WriteDerOid(kPolicy), imprint, WriteDerUnsigned(17),
                                     WriteDer(DerTag::kGeneralizedTime, {time_text}), after_time));
}

std::vector<std::string> TestTimestamp::DefaultAttributes() const {
  const std::string hash = HashBytes(HashAlgorithm::kSha256, certificate_.der());
  return {WriteAttribute("1.2.840.113549.1.9.3", WriteDerOid(kTstInfo)),
          WriteAttribute("1.2.840.113549.1.9.5", WriteDerTime(time_)),
          WriteAttribute("1.2.840.113549.1.9.4",
                         WriteDer(DerTag::kOctetString, {HashBytes(digest, Info())})),
          WriteSigningCertificateV2(absl::StrCat(WriteDer(DerTag::kOctetString, {hash}),
                                                 WriteIssuerSerial(certificate_)))};
}

std::string TestTimestamp::WriteSignerInfo() const {
  const std::vector<std::string> transmitted =
      attributes.empty() ? DefaultAttributes() : attributes;
  std::vector<std::string> in_order = transmitted;
  if (!signs_as_transmitted) std::sort(in_order.begin(), in_order.end());
  const std::string signature = key.Sign(
      has_attributes ? WriteDer(DerTag::kSet, {absl::StrJoin(in_order, "")}) : Info(), scheme);
  const std::string signed_attributes =
      has_attributes ? WriteDer(ConstructedTag(0), {absl::StrJoin(transmitted, "")}) : "";
  return WriteVersioned(
      signer_version,
      absl::StrCat(signer_id, WriteHashAlgorithm(digest), signed_attributes, signature_algorithm,
                   WriteDer(DerTag::kOctetString, {signature}), unsigned_attributes));
}

std::string TestTimestamp::WriteContentInfo() const {
  const std::string content = WriteDerSequence(
      {content_type, WriteDer(ConstructedTag(0), {WriteDer(DerTag::kOctetString, {Info()})})});
  const std::string with_it =
      certificates.empty() ? "" : WriteDer(ConstructedTag(0), {certificates});
  const std::string signer = WriteSignerInfo();
  std::string signer_infos;
  for (size_t i = 0; i < signers; ++i) signer_infos += signer;
  const std::string signed_data = WriteVersioned(
      version, absl::StrCat(WriteDer(DerTag::kSet, {WriteHashAlgorithm(digest)}), content, with_it,
                            revocation_lists, WriteDer(DerTag::kSet, {signer_infos})));
  return WriteDerSequence(
      {WriteDerOid("1.2.840.113549.1.7.2"), WriteDer(ConstructedTag(0), {signed_data})});
}

std::string TestTimestamp::Write() const {
  return WriteDerSequence(
      {WriteDerSequence({status_info}), has_token ? WriteContentInfo() : "", after_token});
}

TestTimestampAuthority::TestTimestampAuthority(TestKeyType type)
    : start(absl::FromUnixSeconds(1'800'000'000)),
      root_key(TestKey::Generate()),
      root(MakeTestCertificate({.subject = "root",
                                .issuer = "root",
                                .key = root_key,
                                .not_before = start,
                                .not_after = start + absl::Hours(1),
                                .extensions = {TestBasicConstraints(true)}},
                               root_key)),
      key(TestKey::Generate(type)),
      certificate(MakeTestCertificate(
          {.subject = "stamps",
           .issuer = "root",
           .key = key,
           .not_before = start,
           .not_after = start + absl::Hours(1),
           .extensions = {TestKeyUsage(0x80), TestExtendedKeyUsage({"1.3.6.1.5.5.7.3.8"}, true)},
           .serial = 0xfedcba9876543210},
          root_key)) {}

TestTimestamp TestTimestampAuthority::Stamp(std::string_view stamped) const {
  return TestTimestamp(stamped, start + absl::Minutes(30), key, certificate);
}

}  // namespace countersign::crypto
