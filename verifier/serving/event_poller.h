#ifndef COUNTERSIGN_VERIFIER_SERVING_EVENT_POLLER_H_
#define COUNTERSIGN_VERIFIER_SERVING_EVENT_POLLER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"

namespace countersign::verifier {

// epoll(7), for file descriptors that others own. Watch, Change, Forget and Wake may be called from any
// thread, Wait from one.
class EventPoller {
 public:
  struct Event {
    uint64_t about = 0;   // as Watch was told
    uint32_t events = 0;  // EPOLLIN and so on
  };

  // Unavailable if the process may have no more file descriptors.
  static absl::StatusOr<std::unique_ptr<EventPoller>> Make();
  ~EventPoller();

  void Watch(int fd, uint64_t about, uint32_t events);
  void Change(int fd, uint64_t about, uint32_t events);
  // To be called while `fd` is open: what it refers to is watched as long as any descriptor of it
  // is.
  void Forget(int fd);

  // What has come, which is nothing when the time is over or Wake was called.
  std::vector<Event> Wait(int timeout_ms);

  // Ends this Wait, or the next.
  void Wake();

 private:
  EventPoller(int epoll, int wake) : epoll_(epoll), wake_(wake) {}

  void Control(int operation, int fd, uint64_t about, uint32_t events);

  const int epoll_;
  const int wake_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_EVENT_POLLER_H_
