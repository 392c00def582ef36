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

}  // namespace countersign::crypto
