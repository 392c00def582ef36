#ifndef COUNTERSIGN_VERIFIER_SERVING_UNREAD_WATCH_H_
#define COUNTERSIGN_VERIFIER_SERVING_UNREAD_WATCH_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace countersign::verifier {

// Sees from outside, by what the kernel counts, on which connections that gRPC writes to what is sent is
// not taken by their other ends. gRPC itself waits for that, with all that it holds for each call whose
// end is to be told there, however it ended. Not thread-safe.
class UnreadWatch {
 public:
  using Id = uint64_t;
  // How many bytes have been taken of what was sent on a socket since it was opened (acknowledged, so
  // that it was read or has room where it is going), and how many wait for that; zeros if that is not known.
  struct Bytes {
    uint64_t taken = 0;
    uint64_t waiting = 0;
  };
  using CountBytes = std::function<Bytes(int fd)>;

  // By the kernel: TCP_INFO of tcp(7), tcpi_bytes_acked (Linux 4.1), and SIOCOUTQ.
  static Bytes CountBytesOfKernel(int fd);

  // `timeout`: how long it may take until all is taken that waits at some moment.
  explicit UnreadWatch(absl::Duration timeout, CountBytes count_bytes = CountBytesOfKernel);

  // `fd` must stay open until Remove, which may be called of any connection.
  void Add(Id id, int fd);
  void Remove(Id id);

  // Those of which that has taken too long: something has waited for one timeout at the least; for a little
  // more than two, and it is told. It looks forty times in a timeout at the most, and begins anew after it
  // was not asked for half of one, or where `now` is earlier than it was, as of a clock that was set.
  std::vector<Id> Look(absl::Time now);

 private:
  // So many bytes are to be taken, all that waited at that moment.
  struct Due {
    uint64_t taken;
    absl::Time since;
  };
  struct Connection {
    int fd;
    std::optional<Due> due;
  };

  // Whether what is due is late; if it is done, what waits now is due.
  bool IsLate(Connection& connection, absl::Time now) const;

  const absl::Duration timeout_;
  const CountBytes count_bytes_;
  absl::Time last_look_ = absl::InfinitePast();
  absl::flat_hash_map<Id, Connection> connections_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_UNREAD_WATCH_H_
