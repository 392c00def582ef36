#include "cli/lint_knowledge.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cosign/trusted_root.h"
#include "kube/metadata.h"
#include "policy/sigstore/root_knowledge.h"
#include "policy/sigstore/settings.h"
#include "policy/sigstore/trust_root.h"
#include "proto/policy_kind.h"

namespace countersign::cli {
namespace {

// Null: it is not here, or cannot be read, which is said elsewhere.
std::shared_ptr<const cosign::TrustedRoot> RootIn(const policy::TrustRoot& named) {
  if (const auto* const stated = std::get_if<policy::StatedRoot>(&named.source)) {
    return stated->root;
  }
  const auto* const packed = std::get_if<policy::PackedRepository>(&named.source);
  if (packed == nullptr) return nullptr;
  absl::StatusOr<policy::OpenedRepository> opened =
      policy::OpenRepository(*packed, absl::InfinitePast());
  return opened.ok() ? opened->root.root : nullptr;
}

void TakeTrustRoot(const base::Json& object, policy::CheckSettings& check) {
  const policy::TrustRoot named = policy::ReadTrustRoot(object);
  const std::shared_ptr<const cosign::TrustedRoot> root = RootIn(named);
  if (root != nullptr) check.trust_roots.emplace(named.name, policy::AbilitiesOf(*root));
}

// Of which installation it is where it names no namespace, is said when it is applied.
bool IsOfInstallation(const base::Json& object, const std::string& installation) {
  if (base::FindString(object, "kind") != v1::kSettingsKind) return false;
  if (kube::NameOf(object) != v1::kSettingsName) return false;
  const absl::StatusOr<std::string> its_namespace = kube::ReadNamespace(object);
  return its_namespace.ok() && (its_namespace->empty() || *its_namespace == installation);
}

}  // namespace

policy::ReviewSettings LintKnowledge(policy::ReviewSettings settings,
                                     absl::Span<const base::Json* const> objects) {
  settings.check.has_every_kms_key = true;
  for (const base::Json* const object : objects) {
    if (base::FindString(*object, "kind") == policy::kTrustRootKind) {
      TakeTrustRoot(*object, settings.check);
    }
    if (!IsOfInstallation(*object, settings.validation.installation)) continue;
    const absl::StatusOr<policy::ControllerSettings> read = policy::ReadControllerSettings(*object);
    if (read.ok()) {
      settings.validation.fails_on_empty_authorities = read->fails_on_empty_authorities;
    }
  }
  return settings;
}

}  // namespace countersign::cli
