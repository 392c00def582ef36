#include "cli/trusted_root_update.h"

#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "trust/shipped_roots.h"
#include "tuf/client/mirror.h"
#include "tuf/client/state_directory.h"
#include "tuf/metadata.h"

namespace countersign::cli {
namespace {

// The root to begin with, where the directory has none.
absl::StatusOr<std::string> LoadFirstRoot(const TrustedRootSource& source) {
  if (source.root.empty()) return std::string(trust::SigstoreTufRoot());
  absl::StatusOr<std::string> root = base::LoadFile(source.root, tuf::kMaxRootBytes);
  if (!root.ok()) return base::Annotate("--root", root.status());
  return root;
}

}  // namespace

absl::StatusOr<cosign::TrustedRoot> UpdateTrustedRoot(const TrustedRootSource& source,
                                                      http::Client& client, absl::Time now,
                                                      absl::Time deadline) {
  CS_ASSIGN_OR_RETURN(const tuf::StateDirectory directory, tuf::StateDirectory::Open(source.state));
  CS_ASSIGN_OR_RETURN(tuf::TrustedState state, directory.Load());
  if (state.root.empty()) {
    CS_ASSIGN_OR_RETURN(state.root, LoadFirstRoot(source));
  }
  CS_ASSIGN_OR_RETURN(const auto end, tuf::UpdateFrom({source.mirror, {}}, client, directory,
                                                      std::move(state), now, deadline));
  if (const auto* const failure = std::get_if<tuf::Failure>(&end)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the update was not accepted: ", failure->sentence));
  }
  const std::string& bytes = std::get<tuf::Done>(end).target;
  absl::StatusOr<cosign::TrustedRoot> root = cosign::ParseTrustedRoot(bytes);
  if (!root.ok()) return base::Annotate("the new trusted root", root.status());
  CS_RETURN_IF_ERROR(directory.KeepTarget(bytes));
  return root;
}

}  // namespace countersign::cli
