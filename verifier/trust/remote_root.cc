#include "verifier/trust/remote_root.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/trusted_root.h"
#include "tuf/client/mirror.h"
#include "tuf/failure.h"

namespace countersign::verifier {
namespace {

std::string& FileOf(tuf::TrustedState& state, tuf::StateFile file) {
  switch (file) {
    case tuf::StateFile::kRoot:
      return state.root;
    case tuf::StateFile::kTimestamp:
      return state.timestamp;
    case tuf::StateFile::kSnapshot:
      return state.snapshot;
    case tuf::StateFile::kTargets:
      break;
  }
  return state.targets;
}

// Puts `bytes` in the place of `file`, which is one of the state's.
absl::Status Replace(std::string& file, std::string bytes, const tuf::TrustedState& state,
                     size_t max_bytes) {
  if (RemoteRootBytes(state) - file.size() + bytes.size() > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("it and what vouches for it have more than ", max_bytes, " bytes"));
  }
  file = std::move(bytes);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DatedRoot> UpdateRemoteRoot(const policy::RemoteRepository& remote,
                                           const RemoteTerms& terms, http::Client& client,
                                           base::Turnstile& turnstile, tuf::TrustedState& state) {
  const tuf::Mirror mirror = {.url = remote.mirror,
                              .names = remote.names,
                              .refuse_local_addresses = true,
                              // What is larger could not be kept.
                              .max_file_bytes = kMaxRemoteFileBytes};
  const auto keep = [&](tuf::Change& change) {
    return Replace(FileOf(state, change.file), std::move(change.bytes), state, terms.max_bytes);
  };
  const auto in_turn = [&](absl::FunctionRef<void()> step) -> absl::Status {
    CS_ASSIGN_OR_RETURN(const base::Turnstile::Place place,
                        turnstile.Enter({.caller = terms.name}, nullptr, terms.deadline));
    step();
    return absl::OkStatus();
  };
  CS_ASSIGN_OR_RETURN(
      auto end, tuf::UpdateFrom(mirror, client, keep, in_turn, state, terms.now, terms.deadline));
  if (const auto* const failure = std::get_if<tuf::Failure>(&end)) {
    return tuf::NotAccepted(*failure);
  }
  auto& done = std::get<tuf::Done>(end);
  absl::StatusOr<cosign::TrustedRoot> root = cosign::ParseTrustedRoot(done.target);
  if (!root.ok()) return base::Annotate(remote.names.target, root.status());
  CS_RETURN_IF_ERROR(Replace(state.target, std::move(done.target), state, terms.max_bytes));
  return DatedRoot{std::make_shared<const cosign::TrustedRoot>(*std::move(root)), done.expires};
}

size_t RemoteRootBytes(const tuf::TrustedState& state) {
  return state.root.size() + state.timestamp.size() + state.snapshot.size() + state.targets.size() +
         state.target.size();
}

}  // namespace countersign::verifier
