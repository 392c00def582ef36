#include "verifier/serving/event_poller.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace countersign::verifier {
namespace {

constexpr uint64_t kWake = std::numeric_limits<uint64_t>::max();

}  // namespace

absl::StatusOr<std::unique_ptr<EventPoller>> EventPoller::Make() {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll < 0 || wake < 0) {
    const int error = errno;
    if (epoll >= 0) close(epoll);
    if (wake >= 0) close(wake);
    return absl::UnavailableError(absl::StrCat("no file descriptors: ", std::strerror(error)));
  }
  std::unique_ptr<EventPoller> poller(new EventPoller(epoll, wake));
  poller->Watch(wake, kWake, EPOLLIN);
  return poller;
}

EventPoller::~EventPoller() {
  close(epoll_);
  close(wake_);
}

void EventPoller::Watch(int fd, uint64_t about, uint32_t events) {
  Control(EPOLL_CTL_ADD, fd, about, events);
}

void EventPoller::Change(int fd, uint64_t about, uint32_t events) {
  Control(EPOLL_CTL_MOD, fd, about, events);
}

void EventPoller::Forget(int fd) { Control(EPOLL_CTL_DEL, fd, 0, 0); }

std::vector<EventPoller::Event> EventPoller::Wait(int timeout_ms) {
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_, events.data(), events.size(), timeout_ms);
  std::vector<Event> came;
  for (int i = 0; i < count; ++i) {
    if (events[i].data.u64 != kWake) {
      came.push_back({events[i].data.u64, events[i].events});
      continue;
    }
    uint64_t times = 0;
    [[maybe_unused]] const ssize_t taken = read(wake_, &times, sizeof(times));
  }
  return came;
}

void EventPoller::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
}

void EventPoller::Control(int operation, int fd, uint64_t about, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = about;
  epoll_ctl(epoll_, operation, fd, &event);
}

}  // namespace countersign::verifier
