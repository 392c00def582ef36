#include "verifier/trust/remote_root.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
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

}  // namespace

absl::StatusOr<DatedRoot> UpdateRemoteRoot(const policy::RemoteRepository& remote,
                                           tuf::TrustedState& state, http::Client& client,
                                           absl::Time now, absl::Time deadline) {
  const tuf::Mirror mirror = {.url = remote.mirror,
                              .names = remote.names,
                              .refuse_local_addresses = true,
                              // What is larger could not be kept.
                              .max_file_bytes = kMaxRemoteFileBytes};
  const auto keep = [&state](const tuf::Change& change) {
    FileOf(state, change.file) = change.bytes;
    return absl::OkStatus();
  };
  CS_ASSIGN_OR_RETURN(const auto end,
                      tuf::UpdateFrom(mirror, client, tuf::Keep(keep), state, now, deadline));
  if (const auto* const failure = std::get_if<tuf::Failure>(&end)) {
    return tuf::NotAccepted(*failure);
  }
  const tuf::Done& done = std::get<tuf::Done>(end);
  absl::StatusOr<cosign::TrustedRoot> root = cosign::ParseTrustedRoot(done.target);
  if (!root.ok()) return base::Annotate(remote.names.target, root.status());
  state.target = done.target;
  return DatedRoot{std::make_shared<const cosign::TrustedRoot>(*std::move(root)), done.expires};
}

size_t RemoteRootBytes(const tuf::TrustedState& state) {
  return state.root.size() + state.timestamp.size() + state.snapshot.size() + state.targets.size() +
         state.target.size();
}

}  // namespace countersign::verifier
