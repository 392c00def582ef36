#include "http/client/curl_client.h"

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/status_macros.h"
#include "http/client/ca_bundle.h"
#include "http/client/ca_store.h"
#include "http/client/client.h"
#include "http/client/curl_transfer.h"
#include "http/client/network_fault.h"
#include "http/client/proxy.h"
#include "http/client/response_stream.h"
#include "http/client/session_share.h"
#include "http/client/stream_buffer.h"

namespace countersign::http {
namespace {

constexpr long kMaxIdleConnections = 128;
constexpr int kLongestPollMilliseconds = 60'000;

using TransferPtr = std::shared_ptr<CurlTransfer>;

absl::Status TooLate(const CurlTransfer& transfer) {
  return MarkFault(absl::DeadlineExceededError(
                       absl::StrCat(transfer.url().HostPort(), " did not answer in time")),
                   transfer.is_silent() ? NetworkFault::kSilent : NetworkFault::kNone);
}

}  // namespace

// The thread that drives all transfers, and how other threads reach it.
class CurlClient::Loop {
 public:
  Loop(CURLM* multi, CaStore authorities, Proxies proxies, const Options& options)
      : settings_{.authorities = std::move(authorities),
                  .proxies = std::move(proxies),
                  .identity = options.identity,
                  .identities = options.identities,
                  .tls_server_name = options.tls_server_name,
                  .connect_timeout = options.connect_timeout,
                  .dead_peer_timeout = options.dead_peer_timeout,
                  .max_idle = options.max_idle,
                  .http1_only = options.http1_only,
                  .user_agent = options.user_agent},
        multi_(multi) {
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS,
                      static_cast<long>(options.max_connections_per_host));
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMaxIdleConnections);
    thread_ = std::thread([this] { Run(); });
  }

  ~Loop() { curl_multi_cleanup(multi_); }

  const CurlTransfer::Settings& settings() const { return settings_; }
  const SessionShare& sessions() const { return sessions_; }

  void Start(TransferPtr transfer) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      if (!stopping_) starting_.push_back(std::exchange(transfer, nullptr));
    }
    if (transfer != nullptr) transfer->Finish(CURLE_ABORTED_BY_CALLBACK);
    curl_multi_wakeup(multi_);
  }

  // Nobody waits for it any more.
  void Abandon(TransferPtr transfer) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      abandoned_.push_back(std::move(transfer));
    }
    curl_multi_wakeup(multi_);
  }

  void Stop() ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    std::call_once(joined_, [this] { thread_.join(); });
  }

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_) {
    while (TakeOrders()) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      FinishCompleted();
      curl_multi_poll(multi_, nullptr, 0, kLongestPollMilliseconds, nullptr);
    }
    for (const auto& [handle, transfer] : running_) {
      curl_multi_remove_handle(multi_, handle);
      transfer->Finish(CURLE_ABORTED_BY_CALLBACK);
    }
    running_.clear();
  }

  // False once the loop is to stop.
  bool TakeOrders() ABSL_LOCKS_EXCLUDED(mutex_) {
    std::vector<TransferPtr> starting;
    std::vector<TransferPtr> abandoned;
    bool stopping;
    {
      absl::MutexLock lock(&mutex_);
      starting.swap(starting_);
      abandoned.swap(abandoned_);
      stopping = stopping_;
    }
    for (TransferPtr& transfer : starting) {
      CURL* const handle = transfer->handle();
      curl_multi_add_handle(multi_, handle);
      running_.emplace(handle, std::move(transfer));
    }
    for (const TransferPtr& transfer : abandoned) {
      if (running_.erase(transfer->handle()) > 0) {
        curl_multi_remove_handle(multi_, transfer->handle());
      }
    }
    return !stopping;
  }

  void FinishCompleted() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      // The message is gone once its handle is removed.
      CURL* const handle = message->easy_handle;
      const CURLcode code = message->data.result;
      curl_multi_remove_handle(multi_, handle);
      running_.extract(handle).mapped()->Finish(code);
    }
  }

  const CurlTransfer::Settings settings_;
  const SessionShare sessions_;
  CURLM* const multi_;
  std::thread thread_;
  std::once_flag joined_;

  absl::flat_hash_map<CURL*, TransferPtr> running_;  // of the loop's thread alone

  absl::Mutex mutex_;
  std::vector<TransferPtr> starting_ ABSL_GUARDED_BY(mutex_);
  std::vector<TransferPtr> abandoned_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

// A response on its way to its reader.
class CurlClient::Stream final : public ResponseStream {
 public:
  Stream(std::shared_ptr<Loop> loop, TransferPtr transfer, std::shared_ptr<StreamBuffer> buffer)
      : loop_(std::move(loop)),
        transfer_(std::move(transfer)),
        buffer_(std::move(buffer)),
        late_(absl::StrCat(transfer_->url().HostPort(), " did not answer in time")) {}
  ~Stream() override { loop_->Abandon(transfer_); }

  absl::StatusOr<ClientResponse> AwaitHead(absl::Time deadline) override {
    return buffer_->AwaitHead(deadline, late_);
  }
  absl::StatusOr<std::string> Read(absl::Time deadline) override {
    return buffer_->Read(deadline, late_);
  }
  void Cancel() override { buffer_->Cancel(); }

 private:
  const std::shared_ptr<Loop> loop_;
  const TransferPtr transfer_;
  const std::shared_ptr<StreamBuffer> buffer_;
  const std::string late_;
};

absl::StatusOr<std::unique_ptr<CurlClient>> CurlClient::Create(const Options& options) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_ALL);
  if (started != CURLE_OK) return absl::InternalError("libcurl cannot start");
  CS_ASSIGN_OR_RETURN(const std::string bundle, options.only_ca_pem.has_value()
                                                    ? NormalizeCertificates(*options.only_ca_pem)
                                                    : BuildCaBundle(options.extra_ca_pem));
  CS_ASSIGN_OR_RETURN(CaStore authorities, CaStore::Parse(bundle));
  Proxies proxies;
  if (options.use_proxies) {
    CS_ASSIGN_OR_RETURN(proxies, Proxies::FromEnvironment());
  }
  CURLM* const multi = curl_multi_init();
  if (multi == nullptr) return absl::InternalError("libcurl cannot start");
  return std::unique_ptr<CurlClient>(new CurlClient(
      std::make_shared<Loop>(multi, std::move(authorities), std::move(proxies), options)));
}

CurlClient::CurlClient(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}

CurlClient::~CurlClient() { Stop(); }

void CurlClient::Stop() { loop_->Stop(); }

absl::StatusOr<ClientResponse> CurlClient::Send(const ClientRequest& request, absl::Time deadline) {
  // Kept by the transfer's caller, so that one who is woken by the destructor still stands on firm
  // ground.
  const std::shared_ptr<Loop> loop = loop_;
  const bool may_repeat = request.method == "GET" || request.method == "HEAD";
  const size_t held_before = request.held == nullptr ? 0 : request.held->bytes();
  for (const bool is_repetition : {false, true}) {
    CS_ASSIGN_OR_RETURN(const TransferPtr transfer,
                        CurlTransfer::Create(request, loop->settings(), loop->sessions()));
    if (is_repetition) {
      transfer->UseNewConnection();
      // What had come goes.
      if (request.held != nullptr) request.held->KeepOnly(held_before);
    }
    if (base::HasPassed(deadline)) return TooLate(*transfer);
    loop->Start(transfer);
    if (!transfer->WaitUntil(deadline)) {
      absl::Status too_late = TooLate(*transfer);
      loop->Abandon(transfer);
      return too_late;
    }
    const bool ends = is_repetition || !may_repeat || !transfer->lost_connection();
    if (ends) return transfer->TakeResult();
  }
  return absl::InternalError("a repetition was not the last");
}

absl::StatusOr<std::unique_ptr<ResponseStream>> CurlClient::Open(const ClientRequest& request) {
  auto buffer = std::make_shared<StreamBuffer>(request.max_response_bytes);
  CS_ASSIGN_OR_RETURN(const TransferPtr transfer,
                      CurlTransfer::Create(request, loop_->settings(), loop_->sessions(), buffer));
  auto stream = std::make_unique<Stream>(loop_, transfer, std::move(buffer));
  loop_->Start(transfer);
  return stream;
}

}  // namespace countersign::http
