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
  // How many bytes have been read from a socket since it was opened, and how many have come and were
  // not; zeros if that is not known.
  struct Bytes {
    uint64_t read = 0;
    uint64_t queued = 0;
  };
  using CountBytes = std::function<Bytes(int fd)>;

  // By the kernel: TCP_INFO of tcp(7), tcpi_bytes_received (Linux 4.1), and SIOCINQ.
  static Bytes CountBytesOfKernel(int fd);

  // Ends a connection that somebody else reads by another file descriptor. What has come and was not read
  // is gone with it (connect(2), AF_UNSPEC), while after shutdown(2) all of that would still be read.
  static void Disconnect(int fd);

  // `handshake_bytes`: so many may come at first without an explanation.
  explicit TrafficWatch(const TrafficAccount::Limits& limits, uint64_t handshake_bytes = 4 << 10,
                        CountBytes count_bytes = CountBytesOfKernel);

  // `fd` must stay open until Remove, which may be called of any connection, and counts for the last
  // time. That returns whether its source has sent too much: then it is to be disconnected, too.
  void Add(Id id, int fd, std::string_view source, absl::Time now);
  bool Remove(Id id, absl::Time now);

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
  // A client that asks for everybody calls on it. Its source stays one of such for a minute after the last of these
  // connections, as a shim that comes back sends what has gathered meanwhile before its first call is let in. (One that
  // is new to this process has to be let in before it has sent more than anybody may.)
  void SetForEverybody(Id id);

  // Counts what has come, and gives the connections of the sources that have sent too much: those that
  // have a part in it, which is half of what each would have if they were all alike. What is queued
  // nobody can have explained; it counts when it is eight times what a source may have unexplained.
  std::vector<Id> Look(absl::Time now);

  // Whether the source may have another connection, as of the last look.
  bool Admits(std::string_view source) const;

  // Whether there is anything to look at.
  bool IsIdle() const { return connections_.empty(); }

  // How many sources are known: those with connections, those with something held against them, and for a minute
  // those for everybody, as long as there are no more than 1,024 in all.
  size_t sources() const { return sources_.size(); }

 private:
  struct Connection {
    int fd;
    std::string source;
    uint64_t read;  // with the bytes of its handshake, as many as those may be
    int64_t expected = 0;
    int64_t ahead = 0;   // of that, what has come
    int64_t queued = 0;  // at the last look, beyond what is expected
    // In what is held against its source. As there, less than zero for moments only.
    int64_t part = 0;
    bool is_for_everybody = false;
  };
  struct Source {
    TrafficAccount account;
    absl::Time distrusted_until = absl::InfinitePast();
    size_t connections = 0;
    size_t connections_for_everybody = 0;
    absl::Time for_everybody_until = absl::InfinitePast();  // while there are none of those
    bool IsForEverybody(absl::Time now) const;
    bool IsOver(absl::Time now) const;
  };

  void Charge(Connection& connection, int64_t bytes);
  // Counts what has come on it, and returns what of that was not expected.
  int64_t Count(Connection& connection, absl::Time now);
  bool HasPart(const Connection& connection) const;
  // Takes what has come on a connection to be expected, as far as it is; returns the rest.
  int64_t TakeAhead(Connection& connection, int64_t bytes, absl::Time now);

  const TrafficAccount::Limits limits_;
  const uint64_t handshake_bytes_;
  const CountBytes count_bytes_;
  absl::flat_hash_map<Id, Connection> connections_;
  absl::flat_hash_map<std::string, Source> sources_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_TRAFFIC_WATCH_H_
