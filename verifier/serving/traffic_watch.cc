#include "verifier/serving/traffic_watch.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace countersign::verifier {
namespace {

constexpr absl::Duration kDistrust = absl::Seconds(10);

}  // namespace

uint64_t TrafficWatch::CountReceivedByKernel(int fd) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_received : 0;
}

void TrafficWatch::Disconnect(int fd) {
  sockaddr nowhere = {};
  nowhere.sa_family = AF_UNSPEC;
  if (connect(fd, &nowhere, sizeof(nowhere)) != 0) shutdown(fd, SHUT_RDWR);
}

TrafficWatch::TrafficWatch(const TrafficAccount::Limits& limits, uint64_t handshake_bytes,
                           CountReceived count_received)
    : limits_(limits),
      handshake_bytes_(handshake_bytes),
      count_received_(std::move(count_received)) {}

void TrafficWatch::Add(Id id, int fd, std::string_view source, absl::Time now) {
  const TrafficAccount account(limits_, now);
  if (!connections_.try_emplace(id, Connection{fd, std::string(source), account, handshake_bytes_})
           .second)
    return;
  ++sources_.try_emplace(source, Source{account}).first->second.connections;
}

void TrafficWatch::Remove(Id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const auto source = sources_.find(found->second.source);
  // What is held against it stays, until it is forgiven.
  source->second.account.Charge(found->second.ahead);
  --source->second.connections;
  if (source->second.IsOver()) sources_.erase(source);
  connections_.erase(found);
}

void TrafficWatch::Expect(Id id, int64_t bytes) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  connection.expected = std::max<int64_t>(connection.expected + bytes, 0);
  const int64_t excess = std::max<int64_t>(connection.ahead - connection.expected, 0);
  connection.ahead -= excess;
  Charge(connection, excess);
}

void TrafficWatch::Explain(Id id, int64_t bytes) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  const int64_t ahead = std::min(connection.ahead, bytes);
  connection.ahead -= ahead;
  Charge(connection, ahead - bytes);
}

bool TrafficWatch::Charge(Id id, int64_t bytes, absl::Time now) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return false;
  Charge(found->second, bytes);
  Source& source = sources_.at(found->second.source);
  const bool was_trusted = now >= source.distrusted_until;
  source.distrusted_until = now + kDistrust;
  return was_trusted || source.account.IsExceeded();
}

void TrafficWatch::Charge(Connection& connection, int64_t bytes) {
  connection.account.Charge(bytes);
  sources_.at(connection.source).account.Charge(bytes);
}

void TrafficWatch::SetForEverybody(Id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  found->second.account.SetForEverybody();
  sources_.at(found->second.source).account.SetForEverybody();
}

int64_t TrafficWatch::TakeAhead(Connection& connection, int64_t bytes, absl::Time now) {
  const Source& source = sources_.at(connection.source);
  if (now < source.distrusted_until && !source.account.is_for_everybody()) {
    return bytes + std::exchange(connection.ahead, 0);
  }
  const int64_t ahead = std::min(bytes, connection.expected - connection.ahead);
  connection.ahead += ahead;
  return bytes - ahead;
}

std::vector<TrafficWatch::Id> TrafficWatch::Look(absl::Time now) {
  absl::flat_hash_map<std::string_view, int64_t> came;
  for (auto& [id, connection] : connections_) {
    const uint64_t received = std::max(count_received_(connection.fd), connection.received);
    const auto bytes = static_cast<int64_t>(received - connection.received);
    const int64_t unexpected = TakeAhead(connection, bytes, now);
    connection.received = received;
    connection.account.Receive(unexpected, now);
    came[connection.source] += unexpected;
  }
  for (auto source = sources_.begin(); source != sources_.end();) {
    const auto bytes = came.find(source->first);
    source->second.account.Receive(bytes == came.end() ? 0 : bytes->second, now);
    if (source->second.IsOver()) {
      sources_.erase(source++);
    } else {
      ++source;
    }
  }
  std::vector<Id> too_much;
  for (const auto& [id, connection] : connections_) {
    if (connection.account.HasPart() && !Admits(connection.source)) too_much.push_back(id);
  }
  return too_much;
}

bool TrafficWatch::Admits(std::string_view source) const {
  const auto found = sources_.find(source);
  return found == sources_.end() || !found->second.account.IsExceeded();
}

}  // namespace countersign::verifier
