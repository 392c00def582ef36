#include "cli/certificates/certificate_authority.h"

#include <arpa/inet.h>
#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "cli/certificates/ needs BoringSSL"
#endif
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/digest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/dns_name.h"
#include "base/status_macros.h"
#include "crypto/sha256.h"

namespace countersign::cli {
namespace {

using crypto::Certificate;

constexpr size_t kMaxCommonName = 64;  // RFC 5280 appendix A.1, ub-common-name

// Everything that BoringSSL does here fails only for want of memory or random numbers.
absl::Status Failed() { return absl::InternalError("BoringSSL makes no certificate"); }

const uint8_t* Data(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

bssl::UniquePtr<EVP_PKEY> Native(const PrivateKey& key) {
  CBS der;
  CBS_init(&der, Data(key.pkcs8()), key.pkcs8().size());
  return bssl::UniquePtr<EVP_PKEY>(EVP_parse_private_key(&der));
}

bssl::UniquePtr<X509> Native(const Certificate& certificate) {
  const uint8_t* next = Data(certificate.der());
  return bssl::UniquePtr<X509>(
      d2i_X509(nullptr, &next, static_cast<long>(certificate.der().size())));
}

bool SetSerialNumber(X509* x509) {
  uint8_t bytes[16];
  RAND_bytes(bytes, sizeof(bytes));
  // Positive, and always of that length.
  bytes[0] = static_cast<uint8_t>((bytes[0] & 0x7f) | 0x40);
  const bssl::UniquePtr<BIGNUM> number(BN_bin2bn(bytes, sizeof(bytes), nullptr));
  return number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509));
}

bool SetValidity(X509* x509, const Validity& validity) {
  const auto write = [](absl::Time time) {
    return bssl::UniquePtr<ASN1_TIME>(ASN1_TIME_set(nullptr, absl::ToUnixSeconds(time)));
  };
  const bssl::UniquePtr<ASN1_TIME> not_before = write(validity.not_before);
  const bssl::UniquePtr<ASN1_TIME> not_after = write(validity.not_after);
  return not_before != nullptr && not_after != nullptr &&
         X509_set1_notBefore(x509, not_before.get()) && X509_set1_notAfter(x509, not_after.get());
}

bool AddExtension(X509* x509, int nid, void* value, bool is_critical) {
  return value != nullptr && X509_add1_ext_i2d(x509, nid, value, is_critical ? 1 : 0, 0) == 1;
}

bool AddBasicConstraints(X509* x509, bool is_authority) {
  const bssl::UniquePtr<BASIC_CONSTRAINTS> constraints(BASIC_CONSTRAINTS_new());
  if (constraints == nullptr) return false;
  constraints->ca = is_authority ? 0xff : 0;
  if (is_authority) {
    constraints->pathlen = ASN1_INTEGER_new();
    if (constraints->pathlen == nullptr || !ASN1_INTEGER_set(constraints->pathlen, 0)) return false;
  }
  return AddExtension(x509, NID_basic_constraints, constraints.get(), true);
}

bool AddKeyUsage(X509* x509, std::initializer_list<int> bits) {
  const bssl::UniquePtr<ASN1_BIT_STRING> usage(ASN1_BIT_STRING_new());
  if (usage == nullptr) return false;
  for (const int bit : bits) {
    if (!ASN1_BIT_STRING_set_bit(usage.get(), bit, 1)) return false;
  }
  return AddExtension(x509, NID_key_usage, usage.get(), true);
}

bool AddExtendedKeyUsage(X509* x509, const LeafRequest& request) {
  const bssl::UniquePtr<EXTENDED_KEY_USAGE> usage(sk_ASN1_OBJECT_new_null());
  if (usage == nullptr) return false;
  const auto add = [&](int nid) { return sk_ASN1_OBJECT_push(usage.get(), OBJ_nid2obj(nid)) > 0; };
  if (request.for_servers && !add(NID_server_auth)) return false;
  if (request.for_clients && !add(NID_client_auth)) return false;
  return AddExtension(x509, NID_ext_key_usage, usage.get(), false);
}

bool AddSubjectKeyIdentifier(X509* x509) {
  const ASN1_BIT_STRING* const key = X509_get0_pubkey_bitstr(x509);
  const crypto::Sha256Digest digest =
      crypto::Sha256({reinterpret_cast<const char*>(ASN1_STRING_get0_data(key)),
                      static_cast<size_t>(ASN1_STRING_length(key))});
  const bssl::UniquePtr<ASN1_OCTET_STRING> identifier(ASN1_OCTET_STRING_new());
  return identifier != nullptr &&
         ASN1_OCTET_STRING_set(identifier.get(), digest.data(), 20) &&  // the leftmost 160 bits
         AddExtension(x509, NID_subject_key_identifier, identifier.get(), false);
}

bool AddAuthorityKeyIdentifier(X509* x509, X509* authority) {
  const ASN1_OCTET_STRING* const of_authority = X509_get0_subject_key_id(authority);
  if (of_authority == nullptr) return true;  // somebody else's authority, without one
  const bssl::UniquePtr<AUTHORITY_KEYID> identifier(AUTHORITY_KEYID_new());
  if (identifier == nullptr) return false;
  identifier->keyid = ASN1_OCTET_STRING_dup(of_authority);
  return identifier->keyid != nullptr &&
         AddExtension(x509, NID_authority_key_identifier, identifier.get(), false);
}

// The bytes of an IP address as text; "" if it is none.
std::string ParseAddress(const std::string& text) {
  for (const auto& [family, size] : {std::pair{AF_INET, 4}, std::pair{AF_INET6, 16}}) {
    std::string bytes(size, '\0');
    if (inet_pton(family, text.c_str(), bytes.data()) == 1) return bytes;
  }
  return "";
}

// RFC 6125 section 6.4.3 for the star, which stands for one label.
bool IsDnsName(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  return base::IsDnsSubdomain(absl::AsciiStrToLower(name));
}

bool AddAlternativeNames(X509* x509, const std::vector<std::string>& names) {
  const bssl::UniquePtr<GENERAL_NAMES> list(sk_GENERAL_NAME_new_null());
  if (list == nullptr) return false;
  for (const std::string& name : names) {
    const std::string address = ParseAddress(name);
    const std::string& bytes = address.empty() ? name : address;
    ASN1_STRING* const value =
        ASN1_STRING_type_new(address.empty() ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
    if (value == nullptr) return false;
    bssl::UniquePtr<GENERAL_NAME> entry(GENERAL_NAME_new());
    if (entry == nullptr) return false;
    GENERAL_NAME_set0_value(entry.get(), address.empty() ? GEN_DNS : GEN_IPADD, value);
    if (!ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) ||
        !bssl::PushToStack(list.get(), std::move(entry))) {
      return false;
    }
  }
  return AddExtension(x509, NID_subject_alt_name, list.get(), false);
}

// What all certificates have. `issuer` is null for one that signs itself.
bool Fill(X509* x509, EVP_PKEY* key, std::string_view name, const Validity& validity,
          X509* issuer) {
  X509_NAME* const subject = X509_get_subject_name(x509);
  return X509_set_version(x509, X509_VERSION_3) && SetSerialNumber(x509) &&
         SetValidity(x509, validity) && X509_set_pubkey(x509, key) &&
         X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, Data(name),
                                    static_cast<ptrdiff_t>(name.size()), -1, 0) &&
         X509_set_issuer_name(x509, issuer == nullptr ? subject : X509_get_subject_name(issuer));
}

bool Sign(X509* x509, EVP_PKEY* key) {
  const EVP_MD* const hash = EVP_PKEY_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  return X509_sign(x509, key, hash) > 0;
}

absl::StatusOr<KeyPair> Finish(X509* x509, PrivateKey key) {
  uint8_t* der = nullptr;
  const int size = i2d_X509(x509, &der);
  const bssl::UniquePtr<uint8_t> owned(der);
  if (size <= 0) return Failed();
  CS_ASSIGN_OR_RETURN(
      Certificate certificate,
      Certificate::FromDer({reinterpret_cast<const char*>(der), static_cast<size_t>(size)}));
  return KeyPair{std::move(certificate), std::move(key)};
}

absl::Status CheckCommonName(std::string_view name) {
  if (!name.empty() && name.size() <= kMaxCommonName) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a certificate's common name must have 1 to ", kMaxCommonName, " bytes"));
}

absl::Status CheckValidity(const Validity& validity) {
  if (absl::UnixEpoch() <= validity.not_before && validity.not_before < validity.not_after &&
      validity.not_after < absl::FromUnixSeconds(253'402'300'799)) {  // the year 9999
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("a certificate must hold for some time after 1970");
}

absl::Status CheckRequest(const KeyPair& authority, const LeafRequest& request) {
  if (!authority.certificate.is_authority()) {
    return absl::InvalidArgumentError("the certificate that is to sign is no authority");
  }
  if (!authority.certificate.Certifies(authority.key.public_key())) {
    return absl::InvalidArgumentError("the authority's key does not belong to its certificate");
  }
  CS_RETURN_IF_ERROR(CheckCommonName(request.common_name));
  CS_RETURN_IF_ERROR(CheckValidity(request.validity));
  if (request.validity.not_before < authority.certificate.not_before() ||
      request.validity.not_after > authority.certificate.not_after()) {
    return absl::InvalidArgumentError("the certificate would hold when its authority does not");
  }
  if (!request.for_servers && !request.for_clients) {
    return absl::InvalidArgumentError("the certificate is for neither servers nor clients");
  }
  if (request.names.empty()) return absl::InvalidArgumentError("the certificate has no name");
  for (const std::string& name : request.names) {
    if (ParseAddress(name).empty() && !IsDnsName(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", name, "\" is neither an IP address nor a DNS name"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<KeyPair> MakeAuthority(std::string_view name, const Validity& validity) {
  CS_RETURN_IF_ERROR(CheckCommonName(name));
  CS_RETURN_IF_ERROR(CheckValidity(validity));
  CS_ASSIGN_OR_RETURN(PrivateKey key, PrivateKey::Generate());
  const bssl::UniquePtr<EVP_PKEY> native = Native(key);
  const bssl::UniquePtr<X509> x509(X509_new());
  constexpr int kKeyCertSign = 5;
  constexpr int kCrlSign = 6;
  if (native == nullptr || x509 == nullptr ||
      !Fill(x509.get(), native.get(), name, validity, nullptr) ||
      !AddBasicConstraints(x509.get(), true) ||
      !AddKeyUsage(x509.get(), {kKeyCertSign, kCrlSign}) || !AddSubjectKeyIdentifier(x509.get()) ||
      !Sign(x509.get(), native.get())) {
    ERR_clear_error();
    return Failed();
  }
  return Finish(x509.get(), std::move(key));
}

absl::StatusOr<KeyPair> IssueLeaf(const KeyPair& authority, const LeafRequest& request) {
  CS_RETURN_IF_ERROR(CheckRequest(authority, request));
  CS_ASSIGN_OR_RETURN(PrivateKey key, PrivateKey::Generate());
  const bssl::UniquePtr<EVP_PKEY> native = Native(key);
  const bssl::UniquePtr<EVP_PKEY> signer = Native(authority.key);
  const bssl::UniquePtr<X509> issuer = Native(authority.certificate);
  const bssl::UniquePtr<X509> x509(X509_new());
  constexpr int kDigitalSignature = 0;
  if (native == nullptr || signer == nullptr || issuer == nullptr || x509 == nullptr ||
      !Fill(x509.get(), native.get(), request.common_name, request.validity, issuer.get()) ||
      !AddBasicConstraints(x509.get(), false) || !AddKeyUsage(x509.get(), {kDigitalSignature}) ||
      !AddExtendedKeyUsage(x509.get(), request) ||
      !AddAlternativeNames(x509.get(), request.names) || !AddSubjectKeyIdentifier(x509.get()) ||
      !AddAuthorityKeyIdentifier(x509.get(), issuer.get()) || !Sign(x509.get(), signer.get())) {
    ERR_clear_error();
    return Failed();
  }
  return Finish(x509.get(), std::move(key));
}

}  // namespace countersign::cli
