#include "http/client/curl_transfer.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstddef>
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
#include "http/client/client.h"
#include "http/client/client_identity.h"
#include "http/client/curl_error.h"
#include "http/client/curl_security.h"
#include "http/client/local_address.h"
#include "http/client/proxy.h"
#include "http/client/session_share.h"
#include "http/client/stream_buffer.h"
#include "http/client/url.h"

namespace countersign::http {
namespace {

// Several times what nginx lets pass of an answer unless it is told otherwise (proxy_buffer_size, 4 or
// 8 KiB). Each thread that waits for an answer may hold so much.
constexpr size_t kMaxHeaderBytes = 32 << 10;
// libcurl takes as many steps as headers for each of them that it hands out, on the thread that all
// transfers share.
constexpr size_t kMaxHeaderLines = 256;

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

absl::Status RefusedAddress(const Url& url) {
  return absl::FailedPreconditionError(absl::StrCat(
      url.HostPort(), " was not asked: its address is one of this machine or of its link"));
}

}  // namespace

absl::StatusOr<std::shared_ptr<CurlTransfer>> CurlTransfer::Create(
    const ClientRequest& request, const Settings& settings, const SessionShare& sessions,
    std::shared_ptr<StreamBuffer> stream) {
  CS_ASSIGN_OR_RETURN(Url url, Url::Parse(request.url));
  if (request.refuse_local_addresses && IsLocalHost(url.host())) return RefusedAddress(url);
  std::shared_ptr<CurlTransfer> transfer(
      new CurlTransfer(request, std::move(url), settings, std::move(stream)));
  if (transfer->handle_ == nullptr) return absl::InternalError("libcurl gives no handle");
  sessions.Use(transfer->handle_);
  transfer->SetTarget();
  transfer->SetConnection();
  transfer->SetSecurity();
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
      proxy_(settings.proxies.Find(url_)),
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
  curl_easy_setopt(handle_, CURLOPT_ERRORBUFFER, details_);
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
  SetIdleTime(handle_, settings_.max_idle);
  SetDeadPeerTimeout(handle_, &settings_.dead_peer_timeout);
}

void CurlTransfer::SetSecurity() {
  SetTrust(handle_, settings_.authorities, !request_.insecure_skip_tls_verification);
  SetIdentity(handle_, Identity());
  SetProxy(handle_, proxy_);
  // The address that a proxy's name has is its operator's matter, and what is behind it the proxy's.
  if (request_.refuse_local_addresses && proxy_ == nullptr) return guard_.Install(handle_);
  // The guard's place. Of those that it guards it is not known whether they were sent.
  curl_easy_setopt(handle_, CURLOPT_PREREQFUNCTION, &CurlTransfer::OnSending);
  curl_easy_setopt(handle_, CURLOPT_PREREQDATA, this);
}

int CurlTransfer::OnSending(void* self, char*, char*, int, int) {
  static_cast<CurlTransfer*>(self)->was_sent_ = true;
  return CURL_PREREQFUNC_OK;
}

const ClientIdentity& CurlTransfer::Identity() const {
  static const ClientIdentity* const kNone = new ClientIdentity();
  if (!url_.IsHttps()) return *kNone;
  const auto found = settings_.identities.find(url_.HostPort());
  return found != settings_.identities.end() ? found->second : settings_.identity;
}

void CurlTransfer::UseNewConnection() { curl_easy_setopt(handle_, CURLOPT_FRESH_CONNECT, 1L); }

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
  result_ = Conclude(code);
  if (stream_ != nullptr) stream_->End(result_.status());
  finished_.Notify();
}

absl::StatusOr<ClientResponse> CurlTransfer::Conclude(CURLcode code) {
  if (!abort_reason_.ok()) return abort_reason_;
  if (code != CURLE_OK) {
    const bool is_ours = code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK;
    if (is_ours && guard_.refused()) return RefusedAddress(url_);
    lost_connection_ = IsLostConnection(Failure(code));
    return CurlError(Failure(code));
  }
  ClientResponse response = ReadHead();
  // To http URLs there is no tunnel: this is the one status that only the proxy can mean.
  if (proxy_ != nullptr && response.status == 407) {
    return ProxyFault(proxy_->name,
                      "wants a user name and a password, or others (407 Proxy Authentication "
                      "Required)");
  }
  response.body = std::move(body_);
  return response;
}

CurlFailure CurlTransfer::Failure(CURLcode code) const {
  return {code, handle_, details_, url_, proxy_, Identity().IsGiven()};
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
  transfer.was_answered_ = true;
  transfer.header_bytes_ += size * count;
  ++transfer.header_count_;
  if (transfer.header_bytes_ <= kMaxHeaderBytes && transfer.header_count_ <= kMaxHeaderLines) {
    // An empty line is the end of the head, but for those of 1xx, after which the real one comes.
    if (transfer.stream_ != nullptr && std::string_view(bytes, size * count) == "\r\n") {
      ClientResponse head = transfer.ReadHead();
      if (head.status >= 200) transfer.stream_->SetHead(std::move(head));
    }
    return size * count;
  }
  transfer.abort_reason_ = absl::FailedPreconditionError(
      absl::StrCat(transfer.url_.HostPort(), " sent more than ", kMaxHeaderBytes >> 10, " KiB or ",
                   kMaxHeaderLines, " lines of headers"));
  return CURL_WRITEFUNC_ERROR;
}

// Grows once where it is said how much comes: the copies that growing step by step leaves behind
// take several times as much.
void CurlTransfer::MakeRoomForBody() {
  curl_off_t announced = -1;
  curl_easy_getinfo(handle_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
  if (announced <= 0) return;
  body_.reserve(std::min(static_cast<size_t>(announced), request_.max_response_bytes));
}

absl::Status CurlTransfer::Keep(std::string_view body) {
  const bool fits = stream_ != nullptr ? stream_->Append(body)
                                       : body.size() <= request_.max_response_bytes - body_.size();
  if (!fits) return CurlError(Failure(CURLE_FILESIZE_EXCEEDED));
  if (stream_ != nullptr) return absl::OkStatus();
  if (request_.held != nullptr && !request_.held->Take(body.size())) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there is no room for what ", url_.HostPort(), " sends"));
  }
  if (body_.empty()) MakeRoomForBody();
  body_.append(body);
  return absl::OkStatus();
}

size_t CurlTransfer::OnBody(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.abort_reason_ = transfer.Keep(std::string_view(bytes, size * count));
  return transfer.abort_reason_.ok() ? size * count : CURL_WRITEFUNC_ERROR;
}

}  // namespace countersign::http
