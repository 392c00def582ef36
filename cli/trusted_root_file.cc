#include "cli/trusted_root_file.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "trust/shipped_roots.h"

namespace countersign::cli {
namespace {

struct Text {
  std::string where;  // for people
  std::string json;
};

absl::StatusOr<Text> Load(const std::string& file, Instance instance) {
  if (file.empty()) {
    const bool staging = instance == Instance::kStaging;
    return Text{
        "the trusted root that is shipped",
        std::string(staging ? trust::SigstoreStagingTrustedRoot() : trust::SigstoreTrustedRoot())};
  }
  absl::StatusOr<std::string> json = base::LoadFile(file, cosign::kMaxTrustedRootBytes);
  if (!json.ok()) return base::Annotate("--trusted-root", json.status());
  return Text{absl::StrCat("--trusted-root: ", file), *std::move(json)};
}

}  // namespace

absl::StatusOr<std::shared_ptr<const cosign::TrustedRoot>> LoadTrustedRoot(
    const std::string& file, Instance instance, absl::FunctionRef<void(std::string_view)> warn) {
  CS_ASSIGN_OR_RETURN(const Text text, Load(file, instance));
  absl::StatusOr<cosign::TrustedRoot> root = cosign::ParseTrustedRoot(text.json);
  if (!root.ok()) return base::Annotate(text.where, root.status());
  for (const std::string& warning : root->warnings) warn(absl::StrCat(text.where, ": ", warning));
  return std::make_shared<const cosign::TrustedRoot>(*std::move(root));
}

}  // namespace countersign::cli
