#ifndef COUNTERSIGN_HTTP_CLIENT_SCRIPTED_SERVER_H_
#define COUNTERSIGN_HTTP_CLIENT_SCRIPTED_SERVER_H_

#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "http/client/client.h"

namespace countersign::http {

// A plain HTTP server on 127.0.0.1 that answers with whatever bytes a test says, right or wrong.
// A thread a connection.
class ScriptedServer {
 public:
  struct Answer {
    enum class Then { kClose, kKeepAlive, kHang };

    // False once the connection is gone.
    using Send = std::function<bool(std::string_view bytes)>;

    std::string bytes;  // sent as they are
    Then then = Then::kClose;
    // If given, called after `bytes` are sent, to send more as it comes. It must return once a Send
    // was false, and must not wait for anything but what the test does.
    std::function<void(const Send& send)> more = nullptr;
  };
  // What to do about one request, of which it gets head and body as they came. Called on many
  // threads at once.
  using Script = std::function<Answer(const std::string& request)>;

  explicit ScriptedServer(Script script);
  // Closes every connection, those that hang too.
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  // "127.0.0.1:port".
  const std::string& host() const { return host_; }
  // The requests so far, in the order they were complete.
  std::vector<std::string> Requests() const;
  // How many connections were accepted so far.
  int connections() const;

 private:
  void Accept();
  void Serve(int socket);
  bool AnswerOne(int socket, const std::string& request);

  const Script script_;
  const int listener_;
  const std::string host_;
  mutable absl::Mutex mutex_;
  std::vector<int> sockets_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::thread accepting_;
};

// A well-formed HTTP/1.1 response with its Content-Length, to send as it is or to spoil.
std::string WriteResponse(int status, const Headers& headers, std::string_view body);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_SCRIPTED_SERVER_H_
