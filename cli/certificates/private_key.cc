#include "cli/certificates/private_key.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "cli/certificates/ needs BoringSSL"
#endif
#include <openssl/bytestring.h>
#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/pem_block.h"
#include "base/status_macros.h"

namespace countersign::cli {
namespace {

constexpr std::string_view kLabel = "PRIVATE KEY";

using Marshal = int (*)(CBB* out, const EVP_PKEY* key);

// "" if BoringSSL cannot write it.
std::string Written(Marshal marshal, const EVP_PKEY* key) {
  bssl::ScopedCBB der;
  if (!CBB_init(der.get(), 0) || !marshal(der.get(), key)) return "";
  return std::string(reinterpret_cast<const char*>(CBB_data(der.get())), CBB_len(der.get()));
}

}  // namespace

PrivateKey::PrivateKey(std::string pkcs8, std::string public_key)
    : pkcs8_(std::move(pkcs8)), public_key_(std::move(public_key)) {}

PrivateKey::~PrivateKey() { OPENSSL_cleanse(pkcs8_.data(), pkcs8_.size()); }

absl::StatusOr<PrivateKey> PrivateKey::Generate() {
  const bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  const bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (ec == nullptr || key == nullptr || !EC_KEY_generate_key(ec.get()) ||
      !EVP_PKEY_set1_EC_KEY(key.get(), ec.get())) {
    ERR_clear_error();
    return absl::InternalError("BoringSSL makes no key");
  }
  return PrivateKey(Written(EVP_marshal_private_key, key.get()),
                    Written(EVP_marshal_public_key, key.get()));
}

absl::StatusOr<PrivateKey> PrivateKey::FromPem(std::string_view pem) {
  CS_ASSIGN_OR_RETURN(base::PemBlock block, base::ParsePemBlock(pem));
  if (block.label != kLabel) {
    return absl::InvalidArgumentError(absl::StrCat(
        "its PEM block is labelled ", block.label, ", not ", kLabel,
        absl::EndsWith(block.label, kLabel) ? "; `openssl pkcs8 -topk8 -nocrypt` converts it"
                                            : ""));
  }
  CBS der;
  CBS_init(&der, reinterpret_cast<const uint8_t*>(block.bytes.data()), block.bytes.size());
  const bssl::UniquePtr<EVP_PKEY> key(EVP_parse_private_key(&der));
  OPENSSL_cleanse(block.bytes.data(), block.bytes.size());
  ERR_clear_error();
  if (key == nullptr || CBS_len(&der) != 0) {
    return absl::InvalidArgumentError("what its PEM block holds is no private key");
  }
  PrivateKey read(Written(EVP_marshal_private_key, key.get()),
                  Written(EVP_marshal_public_key, key.get()));
  ERR_clear_error();
  if (read.pkcs8_.empty() || read.public_key_.empty()) {
    return absl::InvalidArgumentError("it is a key of a kind that is not supported");
  }
  return read;
}

std::string PrivateKey::Pem() const { return base::WritePemBlock(kLabel, pkcs8_); }

}  // namespace countersign::cli
