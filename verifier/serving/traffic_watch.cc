#include "verifier/serving/traffic_watch.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace countersign::verifier {
namespace {

constexpr absl::Duration kDistrust = absl::Seconds(10);
constexpr absl::Duration kMayComeBack = absl::Minutes(1);
// With more sources than these none is kept for that.
constexpr size_t kManySources = 1024;
// As much as this may be queued.
constexpr int64_t kManyBursts = 8;

}  // namespace

TrafficWatch::Bytes TrafficWatch::CountBytesOfKernel(int fd) {
  int queued = 0;
  tcp_info info = {};
  socklen_t size = sizeof(info);
  // In this order, so that what comes in between is queued at the most.
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  if (ioctl(fd, SIOCINQ, &queued) != 0) return {};
  const uint64_t unread = std::min<uint64_t>(info.tcpi_bytes_received, queued);
  return {.read = info.tcpi_bytes_received - unread, .queued = unread};
}

void TrafficWatch::Disconnect(int fd) {
  sockaddr nowhere = {};
  nowhere.sa_family = AF_UNSPEC;
  if (connect(fd, &nowhere, sizeof(nowhere)) != 0) shutdown(fd, SHUT_RDWR);
}

TrafficWatch::TrafficWatch(const TrafficAccount::Limits& limits, uint64_t handshake_bytes,
                           CountBytes count_bytes)
    : limits_(limits), handshake_bytes_(handshake_bytes), count_bytes_(std::move(count_bytes)) {}

bool TrafficWatch::Source::IsForEverybody(absl::Time now) const {
  // A clock that was set back does not make it longer.
  return connections_for_everybody > 0 ||
         (now < for_everybody_until && for_everybody_until - now <= kMayComeBack);
}

bool TrafficWatch::Source::IsOver(absl::Time now) const {
  return connections == 0 && account.IsClear() && !IsForEverybody(now);
}

void TrafficWatch::Add(Id id, int fd, std::string_view source, absl::Time now) {
  if (!connections_.try_emplace(id, Connection{fd, std::string(source), handshake_bytes_}).second) {
    return;
  }
  const TrafficAccount account(limits_, now);
  ++sources_.try_emplace(source, Source{account}).first->second.connections;
}

bool TrafficWatch::Remove(Id id, absl::Time now) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return false;
  Connection& connection = found->second;
  const auto source = sources_.find(connection.source);
  // What is held against it stays, until it is forgiven.
  Charge(connection, Count(connection, now) + connection.ahead);
  const bool is_exceeded = source->second.account.IsExceeded();
  --source->second.connections;
  if (connection.is_for_everybody && --source->second.connections_for_everybody == 0 &&
      sources_.size() <= kManySources) {
    source->second.for_everybody_until = now + kMayComeBack;
  }
  if (source->second.IsOver(now)) sources_.erase(source);
  connections_.erase(found);
  return is_exceeded;
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
  if (source.account.unexplained() <= source.account.burst() / 4) return false;
  const bool was_trusted = now >= source.distrusted_until;
  source.distrusted_until = now + kDistrust;
  return was_trusted || source.account.IsExceeded();
}

void TrafficWatch::Charge(Connection& connection, int64_t bytes) {
  connection.part += bytes;
  sources_.at(connection.source).account.Charge(bytes);
}

void TrafficWatch::SetForEverybody(Id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  if (std::exchange(connection.is_for_everybody, true)) return;
  Source& source = sources_.at(connection.source);
  ++source.connections_for_everybody;
  source.account.SetForEverybody(true);
}

int64_t TrafficWatch::TakeAhead(Connection& connection, int64_t bytes, absl::Time now) {
  const Source& source = sources_.at(connection.source);
  if (now < source.distrusted_until && !source.account.is_for_everybody()) {
    return bytes + std::exchange(connection.ahead, 0);
  }
  const int64_t ahead = std::min(bytes, connection.expected - connection.ahead);
  connection.ahead += ahead;
  connection.queued =
      std::max<int64_t>(connection.queued - (connection.expected - connection.ahead), 0);
  return bytes - ahead;
}

int64_t TrafficWatch::Count(Connection& connection, absl::Time now) {
  const Bytes bytes = count_bytes_(connection.fd);
  const uint64_t read = std::max(bytes.read, connection.read);
  const auto more = static_cast<int64_t>(read - connection.read);
  connection.read = read;
  connection.queued = static_cast<int64_t>(bytes.queued);
  return TakeAhead(connection, more, now);
}

bool TrafficWatch::HasPart(const Connection& connection) const {
  const Source& source = sources_.at(connection.source);
  const auto connections = static_cast<int64_t>(source.connections);
  return source.account.IsExceeded() && 2 * connections * connection.part > source.account.burst();
}

std::vector<TrafficWatch::Id> TrafficWatch::Look(absl::Time now) {
  absl::flat_hash_map<std::string_view, int64_t> came;
  absl::flat_hash_map<std::string_view, int64_t> queued;
  for (auto& [id, connection] : connections_) {
    const int64_t unexpected = Count(connection, now);
    connection.part = std::max<int64_t>(connection.part + unexpected, 0);
    came[connection.source] += unexpected;
    queued[connection.source] += connection.queued;
  }
  for (auto source = sources_.begin(); source != sources_.end();) {
    const auto bytes = came.find(source->first);
    source->second.account.SetForEverybody(source->second.IsForEverybody(now));
    source->second.account.Receive(bytes == came.end() ? 0 : bytes->second, now);
    if (source->second.IsOver(now)) {
      sources_.erase(source++);
    } else {
      ++source;
    }
  }
  std::vector<Id> too_much;
  for (auto& [id, connection] : connections_) {
    const TrafficAccount& account = sources_.at(connection.source).account;
    if (account.unexplained() + queued[connection.source] > kManyBursts * account.burst()) {
      Charge(connection, connection.queued);
    }
  }
  for (auto& [id, connection] : connections_) {
    if (HasPart(connection)) too_much.push_back(id);
    if (sources_.at(connection.source).account.IsClear()) connection.part = 0;
  }
  return too_much;
}

bool TrafficWatch::Admits(std::string_view source) const {
  const auto found = sources_.find(source);
  return found == sources_.end() || !found->second.account.IsExceeded();
}

}  // namespace countersign::verifier
