#include "http/server/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/system/error_code.hpp"

#ifdef OPENSSL_IS_BORINGSSL
#error "the server links the system's OpenSSL, and needs its headers"
#endif

namespace countersign::http {
namespace {

namespace asio = boost::asio;

constexpr size_t kMaxFileBytes = 1 << 20;

// ALPN (RFC 7301, section 3.1) as it is on the wire: each name after its length.
constexpr unsigned char kProtocols[] = "\x08http/1.1";

// A client that offers other protocols alone is answered without one, and then speaks HTTP/1.1 or
// goes.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_length,
                   const unsigned char* in, unsigned int in_length, void*) {
  unsigned char* selected = nullptr;
  const int result = SSL_select_next_proto(&selected, out_length, kProtocols,
                                           sizeof(kProtocols) - 1, in, in_length);
  *out = selected;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

std::shared_ptr<asio::ssl::context> NewContext() {
  SSL_CTX* const native = SSL_CTX_new(TLS_server_method());
  if (native == nullptr) return nullptr;
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Otherwise the head of each record is read by itself.
  SSL_CTX_set_read_ahead(native, 1);
  SSL_CTX_set_alpn_select_cb(native, &SelectProtocol, nullptr);
  return std::make_shared<asio::ssl::context>(native);
}

template <typename... Words>
absl::Status Refused(const Words&... words) {
  return absl::InvalidArgumentError(absl::StrCat(words...));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsIdentity>> TlsIdentity::Load(std::string cert_file,
                                                               std::string key_file,
                                                               TlsClients clients) {
  std::unique_ptr<TlsIdentity> identity(
      new TlsIdentity(std::move(cert_file), std::move(key_file), std::move(clients)));
  CS_RETURN_IF_ERROR(identity->Reload());
  return identity;
}

TlsIdentity::TlsIdentity(std::string cert_file, std::string key_file, TlsClients clients)
    : cert_file_(std::move(cert_file)),
      key_file_(std::move(key_file)),
      clients_(std::move(clients)) {}

TlsIdentity::Files TlsIdentity::Read() const {
  return {.cert = base::LoadFile(cert_file_, kMaxFileBytes),
          .key = base::LoadFile(key_file_, kMaxFileBytes),
          .client_ca = clients_.ca_file.empty() ? absl::StatusOr<std::string>("")
                                                : base::LoadFile(clients_.ca_file, kMaxFileBytes)};
}

std::shared_ptr<asio::ssl::context> TlsIdentity::Current() const {
  absl::MutexLock lock(&mutex_);
  return current_;
}

TlsIdentity::Pem TlsIdentity::CurrentPem() const {
  absl::MutexLock lock(&mutex_);
  return pem_;
}

absl::Status TlsIdentity::Reload() {
  Files files = Read();
  {
    absl::MutexLock lock(&mutex_);
    if (files == last_seen_) return absl::OkStatus();
    last_seen_ = files;
  }
  CS_ASSIGN_OR_RETURN(Context context, BuildContext(files));
  absl::MutexLock lock(&mutex_);
  current_ = std::move(context);
  pem_ = {*std::move(files.cert), *std::move(files.key)};
  return absl::OkStatus();
}

absl::StatusOr<TlsIdentity::Context> TlsIdentity::BuildContext(const Files& files) const {
  if (!files.cert.ok()) return Refused("TLS certificate: ", files.cert.status().message());
  if (!files.key.ok()) return Refused("TLS key: ", files.key.status().message());
  if (!files.client_ca.ok()) return Refused("client CA: ", files.client_ca.status().message());
  Context context = NewContext();
  if (context == nullptr) return absl::InternalError("OpenSSL gives no context");

  boost::system::error_code error;
  // Without an answer of ours OpenSSL would ask for the password on the terminal.
  const auto no_password = [](size_t, asio::ssl::context::password_purpose) { return ""; };
  if (context->set_password_callback(no_password, error)) {
    return absl::InternalError("OpenSSL takes no callback");
  }
  if (context->use_certificate_chain(asio::buffer(*files.cert), error)) {
    return Refused("TLS certificate: ", cert_file_, " holds no PEM certificate, or a broken one");
  }
  if (context->use_private_key(asio::buffer(*files.key), asio::ssl::context::pem, error)) {
    // OpenSSL checks the key against the certificate that came before it.
    if (ERR_GET_LIB(error.value()) == ERR_LIB_X509) {
      return Refused("TLS key: ", key_file_, " does not belong to the certificate in ", cert_file_);
    }
    return Refused("TLS key: ", key_file_, " holds no PEM private key without a password");
  }
  CS_RETURN_IF_ERROR(AskForCertificates(clients_, *files.client_ca, context.get()));
  return context;
}

}  // namespace countersign::http
