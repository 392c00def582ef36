#include "crypto/name_constraints.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/err.h>
#include <openssl/nid.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>

namespace countersign::crypto {
namespace {

// Null if it is malformed. Its alternative names are looked at only after its flags have been.
bssl::UniquePtr<X509> Parse(std::string_view der) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(der.data());
  bssl::UniquePtr<X509> certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  if (certificate == nullptr ||
      (X509_get_extension_flags(certificate.get()) & EXFLAG_INVALID) != 0) {
    return nullptr;
  }
  return certificate;
}

bool IsWithin(std::string_view certificate, std::string_view authority) {
  const bssl::UniquePtr<X509> constrained = Parse(certificate);
  const bssl::UniquePtr<X509> constraining = Parse(authority);
  if (constrained == nullptr || constraining == nullptr) return false;
  int place = 0;
  const bssl::UniquePtr<NAME_CONSTRAINTS> constraints(static_cast<NAME_CONSTRAINTS*>(
      X509_get_ext_d2i(constraining.get(), NID_name_constraints, &place, nullptr)));
  // There is none, rather than one that is malformed.
  if (constraints == nullptr) return place == -1;
  return NAME_CONSTRAINTS_check(constrained.get(), constraints.get()) == X509_V_OK;
}

}  // namespace

bool IsWithinNameConstraints(std::string_view certificate, std::string_view authority) {
  const bool is_within = IsWithin(certificate, authority);
  ERR_clear_error();
  return is_within;
}

}  // namespace countersign::crypto
