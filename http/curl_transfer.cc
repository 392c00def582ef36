#include "http/curl_transfer.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "http/client.h"
#include "http/curl_error.h"
#include "http/stream_buffer.h"
#include "http/url.h"

namespace countersign::http {
namespace {

constexpr size_t kMaxHeaderBytes = 64 << 10;

absl::Status CheckHeader(std::string_view name, std::string_view value) {
  static constexpr std::string_view kBreaks("\r\n\0", 3);
  if (name.empty() || name.find_first_of(kBreaks) != std::string_view::npos ||
      name.find_first_of(": ;") != std::string_view::npos) {
    return absl::InvalidArgumentError("the name of a request header is malformed");
  }
  if (value.find_first_of(kBreaks) != std::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("the request header ", name, " holds a line break or a NUL"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<CurlTransfer>> CurlTransfer::Create(
    const ClientRequest& request, const Settings& settings, std::shared_ptr<StreamBuffer> stream) {
  CS_ASSIGN_OR_RETURN(Url url, Url::Parse(request.url));
  std::shared_ptr<CurlTransfer> transfer(
      new CurlTransfer(request, std::move(url), settings, std::move(stream)));
  if (transfer->handle_ == nullptr) return absl::InternalError("libcurl gives no handle");
  transfer->SetTarget();
  transfer->SetConnection();
  transfer->SetTrust();
  transfer->SetIdentity();
  CS_RETURN_IF_ERROR(transfer->SetMethod());
  CS_RETURN_IF_ERROR(transfer->SetHeaders());
  return transfer;
}

CurlTransfer::CurlTransfer(const ClientRequest& request, Url url, const Settings& settings,
                           std::shared_ptr<StreamBuffer> stream)
    : request_(request),
      url_(std::move(url)),
      settings_(settings),
      stream_(std::move(stream)),
      handle_(curl_easy_init()),
      result_(absl::InternalError("the transfer has not ended")) {}

CurlTransfer::~CurlTransfer() {
  curl_easy_cleanup(handle_);
  curl_slist_free_all(header_lines_);
  curl_slist_free_all(connect_to_);
}

void CurlTransfer::SetTarget() {
  curl_easy_setopt(handle_, CURLOPT_URL, url_.ToString().c_str());
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  if (!settings_.tls_server_name.empty() && url_.IsHttps()) SetServerName();
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  // A resolver that hangs is left to itself: waiting for it would stop every other transfer.
  curl_easy_setopt(handle_, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(handle_, CURLOPT_PRIVATE, this);
  // What a proxy says on the way is not the response.
  curl_easy_setopt(handle_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, &CurlTransfer::OnHeader);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &CurlTransfer::OnBody);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
}

// libcurl takes the name for TLS from the URL, so the URL gets that name, and where to connect is
// said apart; the server is to see the Host that it would see otherwise.
void CurlTransfer::SetServerName() {
  const std::string authority = absl::StrCat(settings_.tls_server_name, ":", url_.port());
  const std::string url = absl::StrCat("https://", authority, url_.path_and_query());
  curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
  connect_to_ = curl_slist_append(
      connect_to_, absl::StrCat(authority, ":", url_.host(), ":", url_.port()).c_str());
  curl_easy_setopt(handle_, CURLOPT_CONNECT_TO, connect_to_);
  header_lines_ = curl_slist_append(header_lines_, absl::StrCat("Host: ", url_.HostPort()).c_str());
}

void CurlTransfer::SetConnection() {
  curl_easy_setopt(
      handle_, CURLOPT_HTTP_VERSION,
      static_cast<long>(settings_.http1_only ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
  // Rather wait for a connection that may carry many streams than open one for each request.
  // Without TLS that is known only once the first response has come, which may be late.
  curl_easy_setopt(handle_, CURLOPT_PIPEWAIT, url_.IsHttps() && !settings_.http1_only ? 1L : 0L);
  curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(settings_.connect_timeout)));
  if (settings_.dead_peer_timeout == absl::InfiniteDuration()) return;
  curl_easy_setopt(handle_, CURLOPT_SOCKOPTFUNCTION, &CurlTransfer::OnSocket);
  curl_easy_setopt(handle_, CURLOPT_SOCKOPTDATA, this);
}

// tcp(7): keepalive probes are for a connection at rest; the user timeout is for one that waits for
// an acknowledgement, and ends the probing too.
int CurlTransfer::OnSocket(void* self, curl_socket_t socket, curlsocktype) {
  const absl::Duration timeout = static_cast<CurlTransfer*>(self)->settings_.dead_peer_timeout;
  const auto set = [socket](int level, int name, int64_t value) {
    const int number = static_cast<int>(std::clamp<int64_t>(value, 1, 1'000'000));
    setsockopt(socket, level, name, &number, sizeof(number));
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, absl::ToInt64Seconds(timeout / 2));
  set(IPPROTO_TCP, TCP_KEEPINTVL, absl::ToInt64Seconds(timeout / 6));
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, absl::ToInt64Milliseconds(timeout));
  return CURL_SOCKOPT_OK;
}

// libcurl keeps no copy of these bytes, which live as long as the settings.
void CurlTransfer::SetIdentity() {
  if (settings_.client_certificate_pem.empty()) return;
  const auto blob = [](const std::string& bytes) {
    return curl_blob{const_cast<char*>(bytes.data()), bytes.size(), CURL_BLOB_NOCOPY};
  };
  curl_blob certificate = blob(settings_.client_certificate_pem);
  curl_blob key = blob(settings_.client_key_pem);
  curl_easy_setopt(handle_, CURLOPT_SSLCERT_BLOB, &certificate);
  curl_easy_setopt(handle_, CURLOPT_SSLKEY_BLOB, &key);
  // A key that is encrypted is refused, rather than that somebody is asked on a terminal.
  curl_easy_setopt(handle_, CURLOPT_KEYPASSWD, "");
}

void CurlTransfer::SetTrust() {
  curl_easy_setopt(handle_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  const bool verify = !request_.insecure_skip_tls_verification;
  curl_easy_setopt(handle_, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
  curl_easy_setopt(handle_, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
  // libcurl keeps the parsed store, and so spares some 20 ms a connection, only if it comes from a
  // file and nowhere else.
  curl_easy_setopt(handle_, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(handle_, CURLOPT_CAINFO, verify ? settings_.ca_file.c_str() : nullptr);
}

absl::Status CurlTransfer::SetMethod() {
  if (request_.method == "HEAD") {
    curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
    return absl::OkStatus();
  }
  // Content-Length is judged before the body comes; OnBody judges what comes without one.
  if (stream_ == nullptr) {
    curl_easy_setopt(handle_, CURLOPT_MAXFILESIZE_LARGE,
                     static_cast<curl_off_t>(request_.max_response_bytes));
  }
  if (request_.method == "GET") {
    curl_easy_setopt(handle_, CURLOPT_HTTPGET, 1L);
    return absl::OkStatus();
  }
  if (request_.method == "POST") {
    SetBody();
    return absl::OkStatus();
  }
  if (request_.method == "PUT" || request_.method == "PATCH") {
    SetBody();
    curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    return absl::OkStatus();
  }
  if (request_.method == "DELETE") {
    curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, "DELETE");
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("the method is not GET, HEAD, POST, PUT, PATCH or DELETE");
}

void CurlTransfer::SetBody() {
  curl_easy_setopt(handle_, CURLOPT_POST, 1L);
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(request_.body.size()));
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request_.body.data());
}

absl::Status CurlTransfer::SetHeaders() {
  curl_easy_setopt(handle_, CURLOPT_USERAGENT, settings_.user_agent.c_str());
  // Large bodies are sent at once, without asking first by "Expect: 100-continue".
  header_lines_ = curl_slist_append(header_lines_, "Expect:");
  for (const auto& [name, value] : request_.headers) {
    CS_RETURN_IF_ERROR(CheckHeader(name, value));
    // "Name;" is libcurl's way to write a header without a value.
    const std::string line =
        value.empty() ? absl::StrCat(name, ";") : absl::StrCat(name, ": ", value);
    header_lines_ = curl_slist_append(header_lines_, line.c_str());
  }
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, header_lines_);
  return absl::OkStatus();
}

void CurlTransfer::Finish(CURLcode code) {
  if (!abort_reason_.ok()) {
    result_ = abort_reason_;
  } else if (code != CURLE_OK) {
    result_ = CurlError(code, handle_, url_);
  } else {
    result_ = ReadHead();
    result_->body = std::move(body_);
  }
  if (stream_ != nullptr) stream_->End(result_.status());
  finished_.Notify();
}

ClientResponse CurlTransfer::ReadHead() const {
  ClientResponse head;
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  head.status = static_cast<int>(status);
  curl_header* header = nullptr;
  while ((header = curl_easy_nextheader(handle_, CURLH_HEADER, -1, header)) != nullptr) {
    head.headers.emplace_back(absl::AsciiStrToLower(header->name), header->value);
  }
  return head;
}

size_t CurlTransfer::OnHeader(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.header_bytes_ += size * count;
  if (transfer.header_bytes_ <= kMaxHeaderBytes) {
    // An empty line is the end of the head, but for those of 1xx, after which the real one comes.
    if (transfer.stream_ != nullptr && std::string_view(bytes, size * count) == "\r\n") {
      ClientResponse head = transfer.ReadHead();
      if (head.status >= 200) transfer.stream_->SetHead(std::move(head));
    }
    return size * count;
  }
  transfer.abort_reason_ = absl::ResourceExhaustedError(
      absl::StrCat(transfer.url_.HostPort(), " sent more than 64 KiB of headers"));
  return CURL_WRITEFUNC_ERROR;
}

absl::Status CurlTransfer::Keep(std::string_view body) {
  const bool fits = stream_ != nullptr ? stream_->Append(body)
                                       : body.size() <= request_.max_response_bytes - body_.size();
  if (!fits) return CurlError(CURLE_FILESIZE_EXCEEDED, handle_, url_);
  if (stream_ != nullptr) return absl::OkStatus();
  if (request_.held != nullptr && !request_.held->Take(body.size())) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there is no room for what ", url_.HostPort(), " sends"));
  }
  body_.append(body);
  return absl::OkStatus();
}

size_t CurlTransfer::OnBody(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.abort_reason_ = transfer.Keep(std::string_view(bytes, size * count));
  return transfer.abort_reason_.ok() ? size * count : CURL_WRITEFUNC_ERROR;
}

}  // namespace countersign::http
