#ifndef COUNTERSIGN_VERIFIER_SERVING_TRAFFIC_WATCH_H_
#define COUNTERSIGN_VERIFIER_SERVING_TRAFFIC_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "verifier/serving/traffic_account.h"

namespace countersign::verifier {

// Sees from outside, by what the kernel counts, how much comes on connections that gRPC reads, and
// which of them are to be ended because their source sends more than its calls explain
// (traffic_account.h). Not thread-safe.
class TrafficWatch {
 public:
  using Id = uint64_t;
  // How many bytes have come on a socket since it was opened; 0 if that is not known.
  using CountReceived = std::function<uint64_t(int fd)>;

  // TCP_INFO of tcp(7), tcpi_bytes_received; Linux 4.1.
  static uint64_t CountReceivedByKernel(int fd);

  // Ends a connection that somebody else reads by another file descriptor. What has come and was not read
  // is gone with it (connect(2), AF_UNSPEC), while after shutdown(2) all of that would still be read.
  static void Disconnect(int fd);

  // `handshake_bytes`: so many may come at first without an explanation.
  explicit TrafficWatch(const TrafficAccount::Limits& limits, uint64_t handshake_bytes = 4 << 10,
                        CountReceived count_received = CountReceivedByKernel);

  // `fd` must stay open until Remove, which may be called of any connection.
  void Add(Id id, int fd, std::string_view source, absl::Time now);
  void Remove(Id id);

  // Of a connection that there is; of others nothing happens.
  //
  // So many bytes may come on it before a call explains them, and are not held against its source
  // until then: what gRPC reads ahead of a call that was let in, a message that is being read. Less
  // than zero: no longer, and what has come and was not explained is held against the source.
  void Expect(Id id, int64_t bytes);
  void Explain(Id id, int64_t bytes);
  // A call was in vain, which costs `bytes` beside its own. For a while nothing more is expected of
  // its source, so that a flood does not pass for a long message. Returns whether it is time to look.
  bool Charge(Id id, int64_t bytes, absl::Time now);
  void SetForEverybody(Id id);

  // Counts what has come, and gives the connections of the sources that have sent too much: those that
  // have a part in it, which is one of 64 of what the source may send.
  std::vector<Id> Look(absl::Time now);

  // Whether the source may have another connection, as of the last look.
  bool Admits(std::string_view source) const;

  // Whether there is anything to look at.
  bool IsIdle() const { return connections_.empty(); }

  // How many sources are known: those with connections, and those with something held against them.
  size_t sources() const { return sources_.size(); }

 private:
  struct Connection {
    int fd;
    std::string source;
    TrafficAccount account;  // as if it were the only one
    uint64_t received;       // with the bytes of its handshake, as many as those may be
    int64_t expected = 0;
    int64_t ahead = 0;  // of that, what has come
  };
  struct Source {
    TrafficAccount account;
    absl::Time distrusted_until = absl::InfinitePast();
    size_t connections = 0;
    bool IsOver() const { return connections == 0 && account.IsClear(); }
  };

  void Charge(Connection& connection, int64_t bytes);
  // Takes what has come on a connection to be expected, as far as it is; returns the rest.
  int64_t TakeAhead(Connection& connection, int64_t bytes, absl::Time now);

  const TrafficAccount::Limits limits_;
  const uint64_t handshake_bytes_;
  const CountReceived count_received_;
  absl::flat_hash_map<Id, Connection> connections_;
  absl::flat_hash_map<std::string, Source> sources_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_TRAFFIC_WATCH_H_
