#include "http/server/tls_clients.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstddef>
#include <memory>

#include "absl/strings/str_cat.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/verify_context.hpp"
#include "boost/asio/ssl/verify_mode.hpp"
#include "boost/system/error_code.hpp"

namespace countersign::http {
namespace {

namespace asio = boost::asio;

std::string TextOf(const ASN1_STRING* text) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<size_t>(ASN1_STRING_length(text)));
}

std::string CommonNameOf(X509* certificate) {
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  // Of two, nobody knows which one the authority has looked at.
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return "";
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return "";
  std::string name(reinterpret_cast<char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  return name;
}

ClientNames NamesOf(X509* certificate) {
  ClientNames names;
  names.common_name = CommonNameOf(certificate);
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> alternatives(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) names.dns.push_back(TextOf(name->d.dNSName));
    if (name->type == GEN_URI) names.uris.push_back(TextOf(name->d.uniformResourceIdentifier));
  }
  return names;
}

SSL* ConnectionOf(X509_STORE_CTX* verification) {
  return static_cast<SSL*>(
      X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
}

void SayWhy(X509_STORE_CTX* verification, std::string why) {
  auto* const kept = static_cast<std::string*>(SSL_get_app_data(ConnectionOf(verification)));
  if (kept != nullptr) *kept = std::move(why);
}

// Called for each certificate of a chain, the client's own last.
bool Verify(bool is_good, X509_STORE_CTX* verification, const std::vector<ClientPattern>& allowed) {
  const bool is_clients_own = X509_STORE_CTX_get_error_depth(verification) == 0;
  if (is_good && (!is_clients_own || allowed.empty())) return true;
  X509* const own = X509_STORE_CTX_get0_cert(verification);
  const ClientNames names = own == nullptr ? ClientNames{} : NamesOf(own);
  if (!is_good) {
    const int error = X509_STORE_CTX_get_error(verification);
    SayWhy(verification, absl::StrCat(X509_verify_cert_error_string(error),
                                      "; names (unproven): ", names.Describe()));
    return false;
  }
  if (std::any_of(allowed.begin(), allowed.end(),
                  [&](const ClientPattern& pattern) { return pattern.Matches(names); })) {
    return true;
  }
  SayWhy(verification, absl::StrCat("no --allowed-client names it; names: ", names.Describe()));
  X509_STORE_CTX_set_error(verification, X509_V_ERR_APPLICATION_VERIFICATION);
  return false;
}

}  // namespace

absl::Status AskForCertificates(const TlsClients& clients, std::string_view ca_pem,
                                asio::ssl::context* context) {
  if (clients.ca_file.empty()) return absl::OkStatus();
  boost::system::error_code error;
  if (context->add_certificate_authority(asio::buffer(ca_pem.data(), ca_pem.size()), error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("client CA: ", clients.ca_file, " holds no PEM certificate, or a broken one"));
  }
  context->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert, error);
  if (!error) {
    context->set_verify_callback(
        [allowed = clients.allowed](bool is_good, asio::ssl::verify_context& verification) {
          return Verify(is_good, verification.native_handle(), allowed);
        },
        error);
  }
  return error ? absl::InternalError("OpenSSL takes no callback") : absl::OkStatus();
}

void KeepRefusalOf(SSL* ssl, std::string* why) { SSL_set_app_data(ssl, why); }

}  // namespace countersign::http
