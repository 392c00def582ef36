#include "crypto/test_certificate.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/asn1.h>
#include <openssl/bytestring.h>
#include <openssl/digest.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "crypto/der.h"
#include "crypto/test_der.h"

namespace countersign::crypto {
namespace {

const uint8_t* Data(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

// A test certificate that cannot be made is a mistake in the test.
void Require(bool condition, std::string_view what) {
  if (condition) return;
  std::cerr << "MakeTestAuthority: " << what << "\n";
  std::abort();
}

bssl::UniquePtr<EVP_PKEY> Native(const TestKey& key) {
  const std::string pkcs8 = key.Pkcs8();
  CBS der;
  CBS_init(&der, Data(pkcs8), pkcs8.size());
  return bssl::UniquePtr<EVP_PKEY>(EVP_parse_private_key(&der));
}

bssl::UniquePtr<ASN1_TIME> Written(absl::Time time) {
  return bssl::UniquePtr<ASN1_TIME>(ASN1_TIME_set(nullptr, absl::ToUnixSeconds(time)));
}

bool AddBasicConstraints(X509* x509) {
  const bssl::UniquePtr<BASIC_CONSTRAINTS> constraints(BASIC_CONSTRAINTS_new());
  constraints->ca = 0xff;
  return X509_add1_ext_i2d(x509, NID_basic_constraints, constraints.get(), 1, 0) == 1;
}

std::string Der(X509* x509) {
  uint8_t* bytes = nullptr;
  const int size = i2d_X509(x509, &bytes);
  const bssl::UniquePtr<uint8_t> owned(bytes);
  Require(size > 0, "the certificate was not written");
  return std::string(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
}

// CN=`name`, as X.509 Names go, or the empty one.
std::string WriteName(std::string_view name) {
  if (name.empty()) return WriteDerSequence({});
  return WriteDerSequence({WriteDer(
      DerTag::kSet,
      {WriteDerSequence({WriteDerOid("2.5.4.3"), WriteDer(DerTag::kUtf8String, {name})})})});
}

std::string WriteExtension(const TestExtension& extension) {
  std::string critical;
  if (extension.is_critical || extension.says_not_critical) {
    critical =
        WriteDer(DerTag::kBoolean, {extension.is_critical ? "\xff" : std::string_view("\0", 1)});
  }
  return WriteDerSequence(
      {WriteDerOid(extension.oid), critical, WriteDer(DerTag::kOctetString, {extension.value})});
}

// Ed25519 in certificates is pure (RFC 8410).
TestScheme InCertificates(const TestKey& key, TestScheme scheme) {
  return key.type() == TestKeyType::kEd25519 ? TestScheme::kPureEd25519 : scheme;
}

// The last number of ecdsa-with-SHA2 and sha2WithRSAEncryption, which follow each other.
std::string HashNumber(const TestKey& key, TestScheme scheme, int sha256) {
  if (scheme == TestScheme::kSha384) return absl::StrCat(sha256 + 1);
  if (scheme == TestScheme::kSha512) return absl::StrCat(sha256 + 2);
  if (scheme == TestScheme::kSha256) return absl::StrCat(sha256);
  if (key.type() == TestKeyType::kEcdsaP384) return absl::StrCat(sha256 + 1);
  return absl::StrCat(key.type() == TestKeyType::kEcdsaP521 ? sha256 + 2 : sha256);
}

}  // namespace

Certificate MakeTestAuthority(std::string_view name, const TestKey& key, absl::Time not_before,
                              absl::Time not_after) {
  const bssl::UniquePtr<EVP_PKEY> native = Native(key);
  const bssl::UniquePtr<X509> x509(X509_new());
  X509_NAME* const subject = X509_get_subject_name(x509.get());
  Require(X509_set_version(x509.get(), X509_VERSION_3) &&
              ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1) &&
              X509_set1_notBefore(x509.get(), Written(not_before).get()) &&
              X509_set1_notAfter(x509.get(), Written(not_after).get()) &&
              X509_set_pubkey(x509.get(), native.get()) &&
              X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, Data(name),
                                         static_cast<ptrdiff_t>(name.size()), -1, 0) &&
              X509_set_issuer_name(x509.get(), subject) && AddBasicConstraints(x509.get()) &&
              X509_sign(x509.get(), native.get(), EVP_sha256()) > 0,
          "no certificate was made");
  return Certificate::FromDer(Der(x509.get())).value();
}

TestExtension TestBasicConstraints(bool is_authority, std::optional<uint64_t> path_length) {
  const std::string ca = is_authority ? WriteDer(DerTag::kBoolean, {"\xff"}) : "";
  const std::string length = path_length.has_value() ? WriteDerUnsigned(*path_length) : "";
  return {.oid = "2.5.29.19", .is_critical = true, .value = WriteDerSequence({ca, length})};
}

TestExtension TestKeyUsage(uint8_t bits) {
  char unused = 0;
  while ((bits >> unused & 1) == 0) ++unused;
  const std::string contents = {unused, static_cast<char>(bits)};
  return {
      .oid = "2.5.29.15", .is_critical = true, .value = WriteDer(DerTag::kBitString, {contents})};
}

TestExtension TestExtendedKeyUsage(std::initializer_list<std::string_view> oids, bool is_critical) {
  std::string list;
  for (const std::string_view oid : oids) list += WriteDerOid(oid);
  return {.oid = "2.5.29.37", .is_critical = is_critical, .value = WriteDerSequence({list})};
}

TestExtension TestUri(std::string_view uri) {
  return {.oid = "2.5.29.17",
          .is_critical = true,
          .value = WriteDerSequence({WriteDer(PrimitiveTag(6), {uri})})};
}

std::string TestSignatureAlgorithm(const TestKey& key, TestScheme scheme) {
  switch (key.type()) {
    case TestKeyType::kEd25519:
      return WriteDerSequence({WriteDerOid("1.3.101.112")});
    case TestKeyType::kRsa2048:
    case TestKeyType::kRsa3072:
    case TestKeyType::kRsa4096:
      return WriteDerSequence({WriteDerOid("1.2.840.113549.1.1." + HashNumber(key, scheme, 11)),
                               WriteDer(DerTag::kNull, {})});
    default:
      return WriteDerSequence({WriteDerOid("1.2.840.10045.4.3." + HashNumber(key, scheme, 2))});
  }
}

std::string WriteTestTbs(const TestCertificate& parts, const TestKey& issuer, TestScheme scheme) {
  std::string version;
  if (parts.version.has_value()) {
    version = WriteDer(ConstructedTag(0), {WriteDerUnsigned(*parts.version)});
  }
  std::string extensions;
  for (const TestExtension& extension : parts.extensions) extensions += WriteExtension(extension);
  if (!extensions.empty()) {
    extensions = WriteDer(ConstructedTag(3), {WriteDerSequence({extensions})});
  }
  return WriteDerSequence(
      {version, WriteDerUnsigned(parts.serial), TestSignatureAlgorithm(issuer, scheme),
       WriteName(parts.issuer),
       WriteDerSequence({WriteDerTime(parts.not_before), WriteDerTime(parts.not_after)}),
       WriteName(parts.subject), parts.key.PublicDer(), extensions});
}

std::string SignTestTbs(std::string_view tbs, const TestKey& issuer, TestScheme scheme) {
  return WriteDerSequence({tbs, TestSignatureAlgorithm(issuer, scheme),
                           WriteDerBitString(issuer.Sign(tbs, InCertificates(issuer, scheme)))});
}

Certificate MakeTestCertificate(const TestCertificate& parts, const TestKey& issuer,
                                TestScheme scheme) {
  return Certificate::FromDerStrictly(
             SignTestTbs(WriteTestTbs(parts, issuer, scheme), issuer, scheme))
      .value();
}

}  // namespace countersign::crypto
