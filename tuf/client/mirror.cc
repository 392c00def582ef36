#include "tuf/client/mirror.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/deadline.h"
#include "base/status_macros.h"

namespace countersign::tuf {
namespace {

constexpr int kFound = 200;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;

bool SaysNone(int status, const Wanted& wanted) {
  return status == kNotFound || (status == kForbidden && wanted.may_be_absent);
}

// Nullopt: the mirror says that there is none.
absl::StatusOr<std::optional<std::string>> Fetch(const Mirror& mirror, http::Client& client,
                                                 const Wanted& wanted, absl::Time deadline) {
  http::ClientRequest request;
  request.url = absl::StrCat(absl::StripSuffix(mirror.url, "/"), "/", wanted.path);
  request.max_response_bytes = std::min(wanted.max_bytes, mirror.max_file_bytes);
  request.refuse_local_addresses = mirror.refuse_local_addresses;
  absl::StatusOr<http::ClientResponse> response = client.Send(request, deadline);
  if (!response.ok()) return base::Annotate(wanted.path, response.status());
  if (SaysNone(response->status, wanted)) return std::nullopt;
  if (response->status != kFound) {
    return absl::UnavailableError(
        absl::StrCat(wanted.path, ": the mirror answers with status ", response->status));
  }
  return std::move(response->body);
}

// The changes are gone afterwards.
absl::Status KeepAll(std::vector<Change> changes, Keep keep) {
  for (Change& change : changes) CS_RETURN_IF_ERROR(keep(change));
  return absl::OkStatus();
}

absl::Status CheckTime(absl::Time deadline) {
  if (!base::HasPassed(deadline)) return absl::OkStatus();
  return absl::DeadlineExceededError("there was no time for another file");
}

}  // namespace

absl::StatusOr<std::variant<Failure, Done>> UpdateFrom(const Mirror& mirror, http::Client& client,
                                                       Keep keep, InTurn in_turn,
                                                       const TrustedState& state, absl::Time now,
                                                       absl::Time deadline) {
  Update update(&state, now, mirror.names);
  Step step;
  CS_RETURN_IF_ERROR(CheckTime(deadline));
  CS_RETURN_IF_ERROR(in_turn([&] { step = update.Begin(); }));
  CS_RETURN_IF_ERROR(KeepAll(std::exchange(step.changes, {}), keep));
  while (const auto* const wanted = std::get_if<Wanted>(&step.next)) {
    CS_ASSIGN_OR_RETURN(std::optional<std::string> file, Fetch(mirror, client, *wanted, deadline));
    CS_RETURN_IF_ERROR(CheckTime(deadline));
    CS_RETURN_IF_ERROR(
        in_turn([&] { step = file ? update.Take(*std::move(file)) : update.TakeNone(); }));
    CS_RETURN_IF_ERROR(KeepAll(std::exchange(step.changes, {}), keep));
  }
  if (auto* const failure = std::get_if<Failure>(&step.next)) return std::move(*failure);
  return std::get<Done>(std::move(step.next));
}

absl::StatusOr<std::variant<Failure, Done>> UpdateFrom(const Mirror& mirror, http::Client& client,
                                                       const StateDirectory& directory,
                                                       const TrustedState& state, absl::Time now,
                                                       absl::Time deadline) {
  const auto keep = [&directory](const Change& change) { return directory.Keep(change); };
  const auto at_once = [](absl::FunctionRef<void()> step) {
    step();
    return absl::OkStatus();
  };
  return UpdateFrom(mirror, client, Keep(keep), at_once, state, now, deadline);
}

}  // namespace countersign::tuf
