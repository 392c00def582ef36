#include "shim/address_lookup.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/printable.h"
#include "shim/dns_answer.h"

namespace countersign::shim {
namespace {

using Addresses = std::vector<std::string>;

constexpr size_t kMaxShownBytes = 128;
// Of a name server's answer (RFC 1035 section 4.2.2).
constexpr size_t kMaxAnswerBytes = 64 << 10;
// How often a name server is asked, and how many seconds it is waited for the first time.
constexpr int kTries = 2;
constexpr int kSecondsOfATry = 1;

absl::Status None(const VerifierTarget& target) {
  return absl::NotFoundError(
      absl::StrCat(base::Printable(target.host, kMaxShownBytes), " has no address"));
}

absl::Status NotFoundOut(const VerifierTarget& target, const char* why) {
  return absl::UnavailableError(absl::StrCat("the addresses of ",
                                             base::Printable(target.host, kMaxShownBytes),
                                             " could not be looked up: ", why));
}

void Add(const void* address, int family, const std::string& port, Addresses* addresses) {
  char written[INET6_ADDRSTRLEN];
  if (inet_ntop(family, address, written, sizeof(written)) == nullptr) return;
  if (std::optional<std::string> text = AddressWithPort(written, port)) {
    addresses->push_back(*std::move(text));
  }
}

absl::StatusOr<Addresses> AskSystem(const VerifierTarget& target) {
  const addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  const int fault = getaddrinfo(target.host.c_str(), nullptr, &hints, &found);
  if (fault == EAI_NONAME || fault == EAI_NODATA) return None(target);
  if (fault != 0) return NotFoundOut(target, gai_strerror(fault));
  Addresses addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (one->ai_family == AF_INET) {
      Add(&reinterpret_cast<const sockaddr_in*>(one->ai_addr)->sin_addr, AF_INET, target.port,
          &addresses);
    } else if (one->ai_family == AF_INET6) {
      Add(&reinterpret_cast<const sockaddr_in6*>(one->ai_addr)->sin6_addr, AF_INET6, target.port,
          &addresses);
    }
  }
  freeaddrinfo(found);
  return addresses;
}

absl::StatusOr<Addresses> AskNameServer(const VerifierTarget& target) {
  struct __res_state state = {};
  if (res_ninit(&state) != 0) return NotFoundOut(target, "the system's resolver cannot be set up");
  state.nscount = 1;
  state.nsaddr_list[0] = {.sin_family = AF_INET,
                          .sin_port = htons(static_cast<uint16_t>(target.name_server_port))};
  inet_pton(AF_INET, target.name_server.c_str(), &state.nsaddr_list[0].sin_addr);
  state.retry = kTries;
  state.retrans = kSecondsOfATry;
  Addresses addresses;
  bool is_known = true;
  std::string answer(kMaxAnswerBytes, 0);
  for (const ns_type type : {ns_t_a, ns_t_aaaa}) {
    const int size = res_nsearch(&state, target.host.c_str(), ns_c_in, type,
                                 reinterpret_cast<unsigned char*>(answer.data()),
                                 static_cast<int>(answer.size()));
    if (size > 0) {
      const std::string_view message(answer.data(), std::min<size_t>(size, answer.size()));
      for (const std::string& address : AddressesInAnswer(message)) {
        if (auto with_port = AddressWithPort(address, target.port)) {
          addresses.push_back(*std::move(with_port));
        }
      }
    }
    if (size < 0 && state.res_h_errno != HOST_NOT_FOUND && state.res_h_errno != NO_DATA) {
      is_known = false;
    }
  }
  res_nclose(&state);
  if (addresses.empty() && !is_known) return NotFoundOut(target, "the name server does not answer");
  return addresses;
}

absl::StatusOr<Addresses> Ask(const VerifierTarget& target) {
  absl::StatusOr<Addresses> addresses =
      target.name_server.empty() ? AskSystem(target) : AskNameServer(target);
  if (!addresses.ok()) return addresses;
  std::sort(addresses->begin(), addresses->end());
  addresses->erase(std::unique(addresses->begin(), addresses->end()), addresses->end());
  if (addresses->empty()) return None(target);
  return addresses;
}

}  // namespace

struct AddressLookup::Answer {
  absl::Mutex mutex;
  std::optional<absl::StatusOr<Addresses>> addresses ABSL_GUARDED_BY(mutex);

  bool IsThere() const ABSL_SHARED_LOCKS_REQUIRED(mutex) { return addresses.has_value(); }
};

AddressLookup::AddressLookup(VerifierTarget target) : target_(std::move(target)) {}

absl::StatusOr<std::vector<std::string>> AddressLookup::Now(absl::Time deadline) {
  if (under_way_ == nullptr) {
    under_way_ = std::make_shared<Answer>();
    std::thread([target = target_, answer = under_way_] {
      absl::StatusOr<Addresses> addresses = Ask(target);
      absl::MutexLock lock(&answer->mutex);
      answer->addresses = std::move(addresses);
    }).detach();
  }
  const std::shared_ptr<Answer> answer = under_way_;
  absl::MutexLock lock(&answer->mutex);
  if (!answer->mutex.AwaitWithDeadline(absl::Condition(answer.get(), &Answer::IsThere), deadline)) {
    return absl::DeadlineExceededError(absl::StrCat("the addresses of ",
                                                    base::Printable(target_.host, kMaxShownBytes),
                                                    " could not be looked up in time"));
  }
  under_way_.reset();
  return *std::move(answer->addresses);
}

}  // namespace countersign::shim
