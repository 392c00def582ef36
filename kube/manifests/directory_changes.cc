#include "kube/manifests/directory_changes.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace countersign::kube {
namespace {

constexpr uint32_t kEvents = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE |
                             IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

DirectoryChanges::DirectoryChanges(std::string directory)
    : directory_(std::move(directory)),
      inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  Follow();
}

DirectoryChanges::~DirectoryChanges() {
  if (inotify_ >= 0) close(inotify_);
  if (stop_ >= 0) close(stop_);
}

DirectoryChanges::Event DirectoryChanges::Wait(absl::Duration timeout) {
  if (stopped_) return Event::kStop;
  if (Follow()) return Event::kChange;
  // poll passes over negative descriptors.
  pollfd waited[] = {{.fd = stop_, .events = POLLIN, .revents = 0},
                     {.fd = inotify_, .events = POLLIN, .revents = 0}};
  const auto milliseconds = static_cast<int>(absl::ToInt64Milliseconds(timeout));
  if (poll(waited, std::size(waited), std::max(milliseconds, 1)) <= 0) return Event::kTimeout;
  if (waited[0].revents != 0) return Event::kStop;
  TakeEvents();
  return Event::kChange;
}

void DirectoryChanges::Stop() {
  stopped_ = true;
  eventfd_write(stop_, 1);
}

bool DirectoryChanges::Follow() {
  // The same directory gets the same number again.
  const int watched = inotify_add_watch(inotify_, directory_.c_str(), kEvents | IN_ONLYDIR);
  if (watched == watched_) return false;
  if (watched_ >= 0) inotify_rm_watch(inotify_, watched_);
  watched_ = watched;
  return true;
}

void DirectoryChanges::TakeEvents() {
  // What they say does not matter, only that they were there.
  alignas(inotify_event) char events[16 << 10];
  while (read(inotify_, events, sizeof(events)) > 0) {
  }
}

}  // namespace countersign::kube
