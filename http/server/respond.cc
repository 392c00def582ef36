#include "http/server/respond.h"

#include "absl/functional/function_ref.h"
#include "base/log_thrown.h"

namespace countersign::http {
namespace {

ServerResponse FailedResponse() {
  return {.status = 500, .body = "The server failed to answer this request.\n"};
}

void CallAndLog(absl::FunctionRef<void()> called) {
  base::LogThrown("http", "A request's handler threw", called);
}

}  // namespace

ServerResponse BusyResponse() {
  return {.status = 503, .body = "The server is busy with as many requests as it takes.\n"};
}

Reply::~Reply() {
  if (taker_ != nullptr) std::move(*this).Give(FailedResponse());
}

void Reply::Give(ServerResponse response) && {
  std::exchange(taker_, nullptr)->Take(std::move(response));
}

void Reply::GiveFromThread(Make make) && {
  struct Owed {
    Reply reply;
    Make make;
  };
  Taker* const taker = taker_;
  // std::function wants to be copied; a reply does not.
  const auto owed = std::make_shared<Owed>(Owed{std::move(*this), std::move(make)});
  const bool is_scheduled = taker->Schedule([owed] {
    ServerResponse response = FailedResponse();
    CallAndLog([&] { response = owed->make(); });
    owed->make = nullptr;
    std::move(owed->reply).Give(std::move(response));
  });
  if (is_scheduled) return;
  owed->make = nullptr;
  std::move(owed->reply).Give(BusyResponse());
}

void RespondInAnyCase(const Respond& respond, ServerRequest request, Reply reply) {
  // What it throws ends the reply, which says the rest.
  CallAndLog([&] { respond(std::move(request), std::move(reply)); });
}

Respond Blocking(std::function<ServerResponse(ServerRequest request)> respond) {
  return [respond = std::move(respond)](ServerRequest request, Reply reply) {
    const auto owned = std::make_shared<ServerRequest>(std::move(request));
    std::move(reply).GiveFromThread([respond, owned] { return respond(std::move(*owned)); });
  };
}

}  // namespace countersign::http
