#include "verifier/serving/traffic_watch.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>

namespace countersign::verifier {

uint64_t TrafficWatch::CountReceivedByKernel(int fd) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_received : 0;
}

TrafficWatch::TrafficWatch(const TrafficAccount::Limits& limits, CountReceived count_received)
    : limits_(limits), count_received_(std::move(count_received)) {}

void TrafficWatch::Add(Id id, int fd, std::string_view source, absl::Time now) {
  if (!connections_.try_emplace(id, Connection{fd, std::string(source)}).second) return;
  ++sources_.try_emplace(source, Source{TrafficAccount(limits_, now)}).first->second.connections;
}

void TrafficWatch::Remove(Id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const auto source = sources_.find(found->second.source);
  // What is held against it stays, until it is forgiven.
  --source->second.connections;
  if (source->second.IsOver()) sources_.erase(source);
  connections_.erase(found);
}

void TrafficWatch::Expect(std::string_view source, int64_t bytes) {
  const auto found = sources_.find(source);
  if (found == sources_.end()) return;
  found->second.account.Expect(bytes);
  if (found->second.IsOver()) sources_.erase(found);
}

void TrafficWatch::Explain(std::string_view source, int64_t bytes, bool is_for_everybody) {
  const auto found = sources_.find(source);
  if (found != sources_.end()) found->second.account.Explain(bytes, is_for_everybody);
}

std::vector<TrafficWatch::Id> TrafficWatch::Look(absl::Time now) {
  absl::flat_hash_map<std::string_view, int64_t> came;
  for (auto& [id, connection] : connections_) {
    const uint64_t received = count_received_(connection.fd);
    connection.is_sending = received > connection.received;
    if (!connection.is_sending) continue;
    came[connection.source] += static_cast<int64_t>(received - connection.received);
    connection.received = received;
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
    if (connection.is_sending && !Admits(connection.source)) too_much.push_back(id);
  }
  return too_much;
}

bool TrafficWatch::Admits(std::string_view source) const {
  const auto found = sources_.find(source);
  return found == sources_.end() || !found->second.account.IsExceeded();
}

}  // namespace countersign::verifier
