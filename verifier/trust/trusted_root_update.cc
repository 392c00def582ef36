#include "verifier/trust/trusted_root_update.h"

#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "trust/shipped_roots.h"
#include "tuf/client/mirror.h"
#include "tuf/client/state_directory.h"
#include "tuf/failure.h"
#include "tuf/kept.h"
#include "tuf/metadata.h"
#include "tuf/update.h"

namespace countersign::verifier {
namespace {

// `what` it is, for errors.
absl::StatusOr<std::shared_ptr<const cosign::TrustedRoot>> Parse(std::string_view what,
                                                                 std::string_view json) {
  absl::StatusOr<cosign::TrustedRoot> root = cosign::ParseTrustedRoot(json);
  if (!root.ok()) return base::Annotate(what, root.status());
  return std::make_shared<const cosign::TrustedRoot>(*std::move(root));
}

}  // namespace

absl::StatusOr<std::string> LoadFirstTufRoot(const TrustedRootSource& source) {
  if (source.root.empty()) {
    return std::string(source.is_staging ? trust::SigstoreStagingTufRoot()
                                         : trust::SigstoreTufRoot());
  }
  absl::StatusOr<std::string> root = base::LoadFile(source.root, tuf::kMaxRootBytes);
  if (!root.ok()) return base::Annotate(source.root_flag, root.status());
  return root;
}

absl::StatusOr<DatedRoot> UpdateTrustedRoot(const TrustedRootSource& source, http::Client& client,
                                            absl::Time now, absl::Time deadline) {
  CS_ASSIGN_OR_RETURN(const tuf::StateDirectory directory, tuf::StateDirectory::Open(source.state));
  CS_ASSIGN_OR_RETURN(tuf::TrustedState state, directory.Load());
  if (state.root.empty()) {
    CS_ASSIGN_OR_RETURN(state.root, LoadFirstTufRoot(source));
  }
  CS_ASSIGN_OR_RETURN(const auto end, tuf::UpdateFrom({source.mirror, {}}, client, directory, state,
                                                      now, deadline));
  if (const auto* const failure = std::get_if<tuf::Failure>(&end))
    return tuf::NotAccepted(*failure);
  const tuf::Done& done = std::get<tuf::Done>(end);
  CS_ASSIGN_OR_RETURN(std::shared_ptr<const cosign::TrustedRoot> root,
                      Parse("the new trusted root", done.target));
  CS_RETURN_IF_ERROR(directory.KeepTarget(done.target));
  return DatedRoot{std::move(root), done.expires};
}

absl::StatusOr<std::optional<DatedRoot>> LoadKeptRoot(const std::string& state) {
  CS_ASSIGN_OR_RETURN(const tuf::StateDirectory directory, tuf::StateDirectory::Open(state));
  CS_ASSIGN_OR_RETURN(const tuf::TrustedState kept, directory.Load());
  if (kept.target.empty()) return std::nullopt;
  CS_ASSIGN_OR_RETURN(std::shared_ptr<const cosign::TrustedRoot> root,
                      Parse(directory.TargetPath(), kept.target));
  DatedRoot dated{std::move(root), std::nullopt};
  const std::variant<tuf::Failure, tuf::Done> whole =
      tuf::ReadKept(kept, tuf::TargetNames().target);
  if (const auto* const done = std::get_if<tuf::Done>(&whole)) dated.expires = done->expires;
  return std::optional<DatedRoot>(std::move(dated));
}

}  // namespace countersign::verifier
