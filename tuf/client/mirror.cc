#include "tuf/client/mirror.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
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

absl::Status KeepAll(const std::vector<Change>& changes, Keep keep) {
  for (const Change& change : changes) CS_RETURN_IF_ERROR(keep(change));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::variant<Failure, Done>> UpdateFrom(const Mirror& mirror, http::Client& client,
                                                       Keep keep, TrustedState state,
                                                       absl::Time now, absl::Time deadline) {
  Update update(std::move(state), now, mirror.names);
  Step step = update.Begin();
  CS_RETURN_IF_ERROR(KeepAll(step.changes, keep));
  while (const auto* const wanted = std::get_if<Wanted>(&step.next)) {
    CS_ASSIGN_OR_RETURN(const std::optional<std::string> file,
                        Fetch(mirror, client, *wanted, deadline));
    step = file ? update.Take(*file) : update.TakeNone();
    CS_RETURN_IF_ERROR(KeepAll(step.changes, keep));
  }
  if (auto* const failure = std::get_if<Failure>(&step.next)) return std::move(*failure);
  return std::get<Done>(std::move(step.next));
}

absl::StatusOr<std::variant<Failure, Done>> UpdateFrom(const Mirror& mirror, http::Client& client,
                                                       const StateDirectory& directory,
                                                       TrustedState state, absl::Time now,
                                                       absl::Time deadline) {
  const auto keep = [&directory](const Change& change) { return directory.Keep(change); };
  return UpdateFrom(mirror, client, Keep(keep), std::move(state), now, deadline);
}

}  // namespace countersign::tuf
