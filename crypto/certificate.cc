#include "crypto/certificate.h"

#include <arpa/inet.h>
#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bytestring.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/pem_block.h"
#include "base/status_macros.h"
#include "crypto/certificate_fields.h"
#include "crypto/der.h"
#include "crypto/sha256.h"

namespace countersign::crypto {
namespace {

constexpr std::string_view kLabel = "CERTIFICATE";

// Null if they are no Certificate. The caller clears BoringSSL's errors.
bssl::UniquePtr<X509> ParseDer(std::string_view der) {
  const auto* const begin = reinterpret_cast<const uint8_t*>(der.data());
  const uint8_t* next = begin;
  bssl::UniquePtr<X509> certificate(d2i_X509(nullptr, &next, static_cast<long>(der.size())));
  if (certificate == nullptr || next != begin + der.size()) return nullptr;
  return certificate;
}

absl::StatusOr<absl::Time> ReadTime(const ASN1_TIME* time) {
  const bssl::UniquePtr<ASN1_TIME> epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (epoch == nullptr || !ASN1_TIME_diff(&days, &seconds, epoch.get(), time)) {
    return absl::InvalidArgumentError("its validity holds no time");
  }
  return absl::FromUnixSeconds(int64_t{days} * 24 * 60 * 60 + seconds);
}

std::string ReadName(const X509_NAME* name) {
  const bssl::UniquePtr<BIO> text(BIO_new(BIO_s_mem()));
  const uint8_t* bytes = nullptr;
  size_t size = 0;
  if (text == nullptr || X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253) < 0 ||
      !BIO_mem_contents(text.get(), &bytes, &size)) {
    return "";
  }
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

std::string_view BytesOf(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

// "" if it is neither four nor sixteen bytes.
std::string ReadAddress(std::string_view bytes) {
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && bytes.size() != 16) return "";
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family, bytes.data(), text, sizeof(text)) == nullptr ? "" : text;
}

std::vector<std::string> ReadAlternativeNames(const X509* certificate) {
  std::vector<std::string> names;
  const bssl::UniquePtr<GENERAL_NAMES> found(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (size_t i = 0; found != nullptr && i < sk_GENERAL_NAME_num(found.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(found.get(), i);
    if (name->type == GEN_DNS) names.emplace_back(BytesOf(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(ReadAddress(BytesOf(name->d.iPAddress)));
  }
  return names;
}

std::string ReadPublicKey(const X509* certificate) {
  const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(const_cast<X509*>(certificate)));
  bssl::ScopedCBB der;
  if (key == nullptr || !CBB_init(der.get(), 0) || !EVP_marshal_public_key(der.get(), key.get())) {
    return "";
  }
  return std::string(reinterpret_cast<const char*>(CBB_data(der.get())), CBB_len(der.get()));
}

// What a text takes beside itself.
size_t HeapOf(const std::string& text) {
  constexpr size_t kRoundedUp = 24;
  return kRoundedUp + text.capacity();
}

absl::Status WithNumber(size_t number, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat("certificate ", number, ": ", status.message()));
}

}  // namespace

struct Certificate::Reader {
  static absl::StatusOr<Certificate> Read(std::string_view der) {
    const bssl::UniquePtr<X509> x509 = ParseDer(der);
    if (x509 == nullptr) return absl::InvalidArgumentError("it is no DER certificate");
    const uint32_t flags = X509_get_extension_flags(x509.get());
    if ((flags & EXFLAG_INVALID) != 0) {
      return absl::InvalidArgumentError("one of its extensions is malformed");
    }
    Certificate read;
    read.der_ = std::string(der);
    CS_ASSIGN_OR_RETURN(read.not_before_, ReadTime(X509_get0_notBefore(x509.get())));
    CS_ASSIGN_OR_RETURN(read.not_after_, ReadTime(X509_get0_notAfter(x509.get())));
    read.public_key_ = ReadPublicKey(x509.get());
    if (read.public_key_.empty()) {
      return absl::InvalidArgumentError("its key is of a kind that is not supported");
    }
    read.subject_ = ReadName(X509_get_subject_name(x509.get()));
    read.names_ = ReadAlternativeNames(x509.get());
    read.is_self_issued_ = (flags & EXFLAG_SI) != 0;
    // Both are all ones where the extension is absent.
    read.is_authority_ = (flags & EXFLAG_CA) != 0 && (flags & EXFLAG_BCONS) != 0 &&
                         (X509_get_key_usage(x509.get()) & KU_KEY_CERT_SIGN) != 0;
    const uint32_t usage = X509_get_extended_key_usage(x509.get());
    read.is_for_servers_ = (usage & XKU_SSL_SERVER) != 0;
    read.is_for_clients_ = (usage & XKU_SSL_CLIENT) != 0;
    return read;
  }

  static absl::StatusOr<Certificate> ReadStrictly(std::string_view der) {
    CS_ASSIGN_OR_RETURN(const CertificateFields fields, ReadCertificateFields(der));
    CS_ASSIGN_OR_RETURN(Certificate read, Read(der));
    read.public_key_ = std::string(fields.public_key_info);
    if (const CertificateExtension* names = fields.Find(kSubjectAltName)) {
      CS_ASSIGN_OR_RETURN(read.subject_names_, ReadSubjectNames(names->value));
    }
    for (const CertificateExtension& extension : fields.extensions) {
      read.extensions_.push_back({std::string(extension.oid), std::string(extension.value)});
    }
    return read;
  }
};

absl::StatusOr<Certificate> Certificate::FromDer(std::string_view der) {
  absl::StatusOr<Certificate> read = Reader::Read(der);
  ERR_clear_error();
  return read;
}

absl::StatusOr<Certificate> Certificate::FromDerStrictly(std::string_view der) {
  absl::StatusOr<Certificate> read = Reader::ReadStrictly(der);
  ERR_clear_error();
  return read;
}

absl::StatusOr<std::vector<Certificate>> Certificate::ParseChain(std::string_view pem) {
  std::vector<Certificate> chain;
  for (size_t begin = pem.find(base::kPemBegin); begin != std::string_view::npos;
       begin = pem.find(base::kPemBegin)) {
    const std::optional<std::string_view> text = base::FirstPemBlock(pem);
    if (!text.has_value()) {
      return WithNumber(chain.size() + 1, absl::InvalidArgumentError("it is not finished"));
    }
    const absl::StatusOr<base::PemBlock> block = base::ParsePemBlock(*text);
    if (!block.ok()) return WithNumber(chain.size() + 1, block.status());
    if (block->label != kLabel) {
      return WithNumber(chain.size() + 1, absl::InvalidArgumentError(absl::StrCat(
                                              "its PEM block is labelled ", block->label)));
    }
    absl::StatusOr<Certificate> certificate = FromDer(block->bytes);
    if (!certificate.ok()) return WithNumber(chain.size() + 1, certificate.status());
    chain.push_back(*std::move(certificate));
    pem.remove_prefix(begin + text->size());
  }
  if (chain.empty()) return absl::InvalidArgumentError("it holds no certificate in PEM");
  return chain;
}

std::string Certificate::Pem() const { return base::WritePemBlock(kLabel, der_); }

std::string Certificate::Fingerprint() const { return absl::StrCat("SHA256:", Sha256Hex(der_)); }

const std::string* Certificate::FindExtension(std::string_view oid) const {
  const std::optional<std::string> bytes = OidBytes(oid);
  const auto found = std::find_if(extensions_.begin(), extensions_.end(),
                                  [&](const Extension& each) { return each.oid == bytes; });
  return found == extensions_.end() ? nullptr : &found->value;
}

bool Certificate::IsSignedBy(const Certificate& issuer) const {
  if (!issuer.is_authority()) return false;
  const bssl::UniquePtr<X509> subject = ParseDer(der_);
  const bssl::UniquePtr<X509> authority = ParseDer(issuer.der_);
  bool is_signed = false;
  if (subject != nullptr && authority != nullptr) {
    const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(authority.get()));
    is_signed = X509_check_issued(authority.get(), subject.get()) == X509_V_OK &&
                X509_verify(subject.get(), key.get()) == 1;
  }
  ERR_clear_error();
  return is_signed;
}

size_t Certificate::memory_bytes() const {
  size_t bytes = sizeof(Certificate) + HeapOf(der_) + HeapOf(public_key_) + HeapOf(subject_) +
                 names_.capacity() * sizeof(std::string) +
                 subject_names_.capacity() * sizeof(SubjectName) +
                 extensions_.capacity() * sizeof(Extension);
  for (const std::string& name : names_) bytes += HeapOf(name);
  for (const SubjectName& name : subject_names_)
    bytes += HeapOf(name.text) + HeapOf(name.other_oid);
  for (const Extension& extension : extensions_) {
    bytes += HeapOf(extension.oid) + HeapOf(extension.value);
  }
  return bytes;
}

std::string WriteChain(const std::vector<Certificate>& certificates) {
  std::string pem;
  for (const Certificate& certificate : certificates) pem += certificate.Pem();
  return pem;
}

}  // namespace countersign::crypto
