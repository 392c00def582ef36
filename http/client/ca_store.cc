#include "http/client/ca_store.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace countersign::http {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

struct FreeInfos {
  void operator()(STACK_OF(X509_INFO) * infos) const {
    sk_X509_INFO_pop_free(infos, &X509_INFO_free);
  }
};
using Infos = std::unique_ptr<STACK_OF(X509_INFO), FreeInfos>;

}  // namespace

absl::StatusOr<CaStore> CaStore::Parse(std::string_view pem) {
  ERR_clear_error();
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  const Infos infos(PEM_X509_INFO_read_bio(bio.get(), nullptr, nullptr, nullptr));
  Store store(X509_STORE_new(), &X509_STORE_free);
  bool is_good = infos != nullptr && store != nullptr;
  for (int i = 0; is_good && i < sk_X509_INFO_num(infos.get()); ++i) {
    X509* const certificate = sk_X509_INFO_value(infos.get(), i)->x509;
    // What is there twice is taken once.
    if (certificate != nullptr) is_good = X509_STORE_add_cert(store.get(), certificate) == 1;
  }
  ERR_clear_error();
  if (!is_good) return absl::InvalidArgumentError("the authorities' certificates do not parse");
  X509_STORE_set_flags(store.get(), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  return CaStore(std::move(store));
}

void CaStore::Install(SSL_CTX* context) const { SSL_CTX_set1_cert_store(context, store_.get()); }

}  // namespace countersign::http
