#include "http/client/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace countersign::http {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";

[[noreturn]] void Die(const char* what) {
  std::cerr << "ScriptedServer: " << what << "\n";
  std::abort();
}

int Listen() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) Die("bind");
  if (listen(listener, 64) != 0) Die("listen");
  return listener;
}

std::string HostOf(int listener) {
  sockaddr_in address = {};
  socklen_t size = sizeof(address);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  return absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
}

size_t ContentLength(std::string_view head) {
  const std::string lower = absl::AsciiStrToLower(head);
  const size_t at = lower.find("\r\ncontent-length:");
  if (at == std::string::npos) return 0;
  const std::string_view value = std::string_view(lower).substr(at + 17);
  size_t length = 0;
  return absl::SimpleAtoi(value.substr(0, value.find("\r\n")), &length) ? length : 0;
}

// The next request, whose bytes it takes out of `buffer` and then the socket; nullopt at the end,
// or where something other than HTTP begins, such as TLS.
std::optional<std::string> ReadRequest(int socket, std::string& buffer) {
  while (true) {
    if (const size_t head = buffer.find(kEndOfHead); head != std::string::npos) {
      const size_t size = head + kEndOfHead.size() + ContentLength(buffer.substr(0, head + 2));
      if (buffer.size() >= size) {
        std::string request = buffer.substr(0, size);
        buffer.erase(0, size);
        return request;
      }
    }
    char bytes[4096];
    const ssize_t count = recv(socket, bytes, sizeof(bytes), 0);
    if (count <= 0) return std::nullopt;
    buffer.append(bytes, static_cast<size_t>(count));
    if (!absl::ascii_isupper(static_cast<unsigned char>(buffer[0]))) return std::nullopt;
  }
}

bool SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

}  // namespace

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)), listener_(Listen()), host_(HostOf(listener_)) {
  accepting_ = std::thread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  std::vector<std::thread> threads;
  shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  {
    absl::MutexLock lock(&mutex_);
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
  absl::MutexLock lock(&mutex_);
  for (const int socket : sockets_) close(socket);
  close(listener_);
}

std::vector<std::string> ScriptedServer::Requests() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

int ScriptedServer::connections() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(sockets_.size());
}

void ScriptedServer::Accept() {
  while (true) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    absl::MutexLock lock(&mutex_);
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] { Serve(socket); });
  }
}

void ScriptedServer::Serve(int socket) {
  std::string buffer;
  std::optional<std::string> request;
  do {
    request = ReadRequest(socket, buffer);
  } while (request.has_value() && AnswerOne(socket, *request));
  // The file descriptor stays until the server ends, so that its number means this connection.
  shutdown(socket, SHUT_RDWR);
}

// Whether the connection is to go on.
bool ScriptedServer::AnswerOne(int socket, const std::string& request) {
  {
    absl::MutexLock lock(&mutex_);
    requests_.push_back(request);
  }
  const Answer answer = script_(request);
  if (!SendAll(socket, answer.bytes)) return false;
  if (answer.more) {
    answer.more([socket](std::string_view bytes) { return SendAll(socket, bytes); });
  }
  char byte;
  switch (answer.then) {
    case Answer::Then::kKeepAlive:
      return true;
    case Answer::Then::kHang:
      while (recv(socket, &byte, 1, 0) > 0) {
      }
      return false;
    case Answer::Then::kClose:
      break;
  }
  return false;
}

std::string WriteResponse(int status, const Headers& headers, std::string_view body) {
  std::string response = absl::StrCat("HTTP/1.1 ", status, " Scripted\r\n");
  for (const auto& [name, value] : headers) absl::StrAppend(&response, name, ": ", value, "\r\n");
  absl::StrAppend(&response, "Content-Length: ", body.size(), "\r\n\r\n", body);
  return response;
}

}  // namespace countersign::http
