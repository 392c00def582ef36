#include "http/curl_transfer.h"

#include <curl/curl.h>

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

absl::StatusOr<std::shared_ptr<CurlTransfer>> CurlTransfer::Create(const ClientRequest& request,
                                                                   const Settings& settings) {
  CS_ASSIGN_OR_RETURN(Url url, Url::Parse(request.url));
  std::shared_ptr<CurlTransfer> transfer(new CurlTransfer(request, std::move(url), settings));
  if (transfer->handle_ == nullptr) return absl::InternalError("libcurl gives no handle");
  transfer->SetTarget();
  transfer->SetTrust();
  CS_RETURN_IF_ERROR(transfer->SetMethod());
  CS_RETURN_IF_ERROR(transfer->SetHeaders());
  return transfer;
}

CurlTransfer::CurlTransfer(const ClientRequest& request, Url url, const Settings& settings)
    : request_(request),
      url_(std::move(url)),
      settings_(settings),
      handle_(curl_easy_init()),
      result_(absl::InternalError("the transfer has not ended")) {}

CurlTransfer::~CurlTransfer() {
  curl_easy_cleanup(handle_);
  curl_slist_free_all(header_lines_);
}

void CurlTransfer::SetTarget() {
  curl_easy_setopt(handle_, CURLOPT_URL, url_.ToString().c_str());
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Rather wait for a connection that may carry many streams than open one for each request.
  // Without TLS that is known only once the first response has come, which may be late.
  curl_easy_setopt(handle_, CURLOPT_PIPEWAIT, url_.IsHttps() ? 1L : 0L);
  curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(settings_.connect_timeout)));
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  // A resolver that hangs is left to itself: waiting for it would stop every other transfer.
  curl_easy_setopt(handle_, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(handle_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, &CurlTransfer::OnHeader);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &CurlTransfer::OnBody);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
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
  curl_easy_setopt(handle_, CURLOPT_MAXFILESIZE_LARGE,
                   static_cast<curl_off_t>(request_.max_response_bytes));
  if (request_.method == "GET") {
    curl_easy_setopt(handle_, CURLOPT_HTTPGET, 1L);
    return absl::OkStatus();
  }
  if (request_.method == "POST") {
    curl_easy_setopt(handle_, CURLOPT_POST, 1L);
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request_.body.data());
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("the method is not GET, HEAD or POST");
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
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    ClientResponse response;
    response.status = static_cast<int>(status);
    response.headers = ReadHeaders();
    response.body = std::move(body_);
    result_ = std::move(response);
  }
  finished_.Notify();
}

Headers CurlTransfer::ReadHeaders() const {
  Headers headers;
  curl_header* header = nullptr;
  while ((header = curl_easy_nextheader(handle_, CURLH_HEADER, -1, header)) != nullptr) {
    headers.emplace_back(absl::AsciiStrToLower(header->name), header->value);
  }
  return headers;
}

size_t CurlTransfer::OnHeader(char*, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.header_bytes_ += size * count;
  if (transfer.header_bytes_ <= kMaxHeaderBytes) return size * count;
  transfer.abort_reason_ = absl::ResourceExhaustedError(
      absl::StrCat(transfer.url_.HostPort(), " sent more than 64 KiB of headers"));
  return CURL_WRITEFUNC_ERROR;
}

size_t CurlTransfer::OnBody(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (size * count <= transfer.request_.max_response_bytes - transfer.body_.size()) {
    transfer.body_.append(bytes, size * count);
    return size * count;
  }
  transfer.abort_reason_ = CurlError(CURLE_FILESIZE_EXCEEDED, transfer.handle_, transfer.url_);
  return CURL_WRITEFUNC_ERROR;
}

}  // namespace countersign::http
