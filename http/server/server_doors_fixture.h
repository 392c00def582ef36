#ifndef COUNTERSIGN_HTTP_SERVER_SERVER_DOORS_FIXTURE_H_
#define COUNTERSIGN_HTTP_SERVER_SERVER_DOORS_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/log.h"
#include "gtest/gtest.h"
#include "http/server/respond.h"
#include "http/server/server.h"
#include "http/server/server_raw_client.h"
#include "http/test_authority.h"

namespace countersign::http {

// A server that strangers come to. All of 127.0.0.0/8 is this machine's, so that one process can
// come from many addresses. Limits are small and times long in these tests: nothing ends because a
// clock ran out, unless the test is about that.

inline constexpr std::string_view kGet = "GET / HTTP/1.1\r\n\r\n";
inline constexpr char kFlood[] = "127.0.0.66";
inline constexpr char kInnocent[] = "127.0.0.7";

inline ServerResponse SayOk(const ServerRequest& request) {
  return {.status = 200, .body = absl::StrCat("ok ", request.body.size())};
}

// Lines of the log, as they come.
class Lines {
 public:
  // Waits for the first (second, …) line that holds `text`, and gives it; "" if it does not come
  // for long.
  std::string Await(std::string_view text, int number = 1) {
    std::string found;
    const auto has_come = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      int count = 0;
      for (const std::string& line : lines_) {
        if (absl::StrContains(line, text) && ++count == number) found = line;
      }
      return !found.empty();
    };
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&has_come), base::kPatience);
    return found;
  }
  int Count(std::string_view text) {
    absl::MutexLock lock(&mutex_);
    int count = 0;
    for (const std::string& line : lines_) count += absl::StrContains(line, text);
    return count;
  }

 private:
  absl::Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  const base::ScopedLogSink sink_{[this](std::string_view line) {
    absl::MutexLock lock(&mutex_);
    lines_.emplace_back(line);
  }};
};

class ServerDoorsTest : public testing::Test {
 protected:
  ServerDoorsTest() : key_pair_(authority_.Issue()) {
    options_.tls_cert_file = key_pair_.cert_file;
    options_.tls_key_file = key_pair_.key_file;
    options_.head_timeout = options_.body_grace = absl::Seconds(60);
  }

  using BlockingRespond = std::function<ServerResponse(ServerRequest)>;

  void Start(BlockingRespond respond = SayOk) {
    Take(Server::Start(options_, Blocking(std::move(respond))));
  }
  void StartPlain(BlockingRespond respond = SayOk) {
    Take(Server::StartUnsafePlaintext(options_, Blocking(std::move(respond))));
  }

  std::string Ask(const std::string& source, std::string_view bytes = kGet) {
    RawClient client(server_->port(), source);
    if (!client.Handshake()) return "no handshake";
    client.Write(bytes);
    return client.ReadSome();
  }

  TestAuthority authority_;
  const TestAuthority::KeyPair key_pair_;
  Server::Options options_;
  std::unique_ptr<Server> server_;

 private:
  void Take(absl::StatusOr<std::unique_ptr<Server>> server) {
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_SERVER_DOORS_FIXTURE_H_
