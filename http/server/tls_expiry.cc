#include "http/server/tls_expiry.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "absl/status/status.h"
#include "base/file.h"
#include "base/status_macros.h"

#ifdef OPENSSL_IS_BORINGSSL
#error "the server links the system's OpenSSL, and needs its headers"
#endif

namespace countersign::http {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

using Bio = std::unique_ptr<BIO, Freer<&BIO_free>>;
using Certificate = std::unique_ptr<X509, Freer<&X509_free>>;

}  // namespace

absl::StatusOr<absl::Time> CertificateExpiry(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (bio == nullptr) return absl::InternalError("OpenSSL gives no buffer");
  absl::Time expiry = absl::InfiniteFuture();
  while (const Certificate certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    std::tm end = {};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
      return absl::InvalidArgumentError("a certificate's end is no time");
    }
    expiry = std::min(expiry, absl::FromTM(end, absl::UTCTimeZone()));
  }
  const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!is_end) return absl::InvalidArgumentError("a PEM certificate is broken");
  if (expiry == absl::InfiniteFuture()) return absl::InvalidArgumentError("no PEM certificate");
  return expiry;
}

absl::StatusOr<absl::Time> CertificateFileExpiry(const std::string& file) {
  CS_ASSIGN_OR_RETURN(const std::string pem, base::LoadFile(file, kMaxFileBytes));
  return CertificateExpiry(pem);
}

}  // namespace countersign::http
