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

  explicit TrafficWatch(const TrafficAccount::Limits& limits,
                        CountReceived count_received = CountReceivedByKernel);

  // `fd` must stay open until Remove, which may be called of any connection.
  void Add(Id id, int fd, std::string_view source, absl::Time now);
  void Remove(Id id);

  // Of a source that has connections; of others nothing happens.
  void Expect(std::string_view source, int64_t bytes);
  void Explain(std::string_view source, int64_t bytes, bool is_for_everybody);

  // Counts what has come, and gives the connections of the sources that have sent too much, as far as
  // something has come on them since the last look.
  std::vector<Id> Look(absl::Time now);

  // Whether the source may have another connection, as of the last look.
  bool Admits(std::string_view source) const;

  // Whether there is anything to look at.
  bool IsIdle() const { return connections_.empty(); }

  // How many sources are known: those with connections, those of which more is expected, and those
  // with something held against them.
  size_t sources() const { return sources_.size(); }

 private:
  struct Connection {
    int fd;
    std::string source;
    uint64_t received = 0;
    bool is_sending = false;  // since the last look
  };
  struct Source {
    TrafficAccount account;
    size_t connections = 0;
    bool IsOver() const { return connections == 0 && account.IsClear(); }
  };

  const TrafficAccount::Limits limits_;
  const CountReceived count_received_;
  absl::flat_hash_map<Id, Connection> connections_;
  absl::flat_hash_map<std::string, Source> sources_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_TRAFFIC_WATCH_H_
