#include "verifier/serving/unread_watch.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <utility>

namespace countersign::verifier {

UnreadWatch::Bytes UnreadWatch::CountBytesOfKernel(int fd) {
  int waiting = 0;
  tcp_info info = {};
  socklen_t size = sizeof(info);
  // In this order, so that what is taken in between counts in both, and is due a little later.
  if (ioctl(fd, SIOCOUTQ, &waiting) != 0 || waiting < 0) return {};
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  // Zero where it is not counted, too. Who has taken nothing at all is ended by TCP_USER_TIMEOUT.
  if (info.tcpi_bytes_acked == 0) return {};
  return {.taken = info.tcpi_bytes_acked, .waiting = static_cast<uint64_t>(waiting)};
}

UnreadWatch::UnreadWatch(absl::Duration timeout, CountBytes count_bytes)
    : timeout_(timeout), count_bytes_(std::move(count_bytes)) {}

void UnreadWatch::Add(Id id, int fd) { connections_.try_emplace(id, Connection{.fd = fd}); }

void UnreadWatch::Remove(Id id) { connections_.erase(id); }

std::vector<UnreadWatch::Id> UnreadWatch::Look(absl::Time now) {
  std::vector<Id> late;
  const absl::Duration since = now - last_look_;
  if (since >= absl::ZeroDuration() && since < timeout_ / 40) return late;
  last_look_ = now;
  const bool is_anew = since < absl::ZeroDuration() || since > timeout_ / 2;
  for (auto& [id, connection] : connections_) {
    if (is_anew) connection.due.reset();
    if (IsLate(connection, now)) late.push_back(id);
  }
  return late;
}

bool UnreadWatch::IsLate(Connection& connection, absl::Time now) const {
  const Bytes bytes = count_bytes_(connection.fd);
  std::optional<Due>& due = connection.due;
  if (bytes.waiting == 0) {
    due.reset();
  } else if (!due.has_value() || bytes.taken >= due->taken) {
    due = {.taken = bytes.taken + bytes.waiting, .since = now};
  }
  return due.has_value() && now - due->since >= timeout_;
}

}  // namespace countersign::verifier
