#include "cli/tree_look.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/byte_budget.h"
#include "base/share.h"
#include "base/status_macros.h"
#include "base/turnstile.h"
#include "base/worker_pool.h"
#include "cli/tree_reader.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "verifier/credentials/credential_finder.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/image_source.h"
#include "verifier/evidence/looking.h"

namespace countersign::cli {
namespace {

// As many of the same image's things are asked for at a time.
constexpr int kThreads = 8;

// The digest of the image, which the registry has and shows whoever has this credential.
absl::StatusOr<oci::Digest> FindImage(registry::Registry* registry,
                                      const oci::ImageReference& image,
                                      const registry::Credential& credential, absl::Time deadline) {
  if (!image.digest().has_value()) {
    return registry->ResolveTag(image.repository(), *image.tag(), credential, deadline);
  }
  CS_RETURN_IF_ERROR(registry
                         ->FetchManifest(image.repository(), *image.digest(),
                                         oci::kMaxManifestBytes, credential, deadline)
                         .status());
  return *image.digest();
}

// Whether another credential may do better. Some registries say of what they hide that there is
// none.
bool IsRefusal(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status) ||
         absl::IsNotFound(status);
}

ImageTree Read(registry::Registry* registry, const oci::Repository& repository,
               const oci::Digest& digest, const registry::Credential& credential, PieceJudge& judge,
               base::ByteBudget* bytes, absl::Time deadline) {
  base::Turnstile turns(1);
  base::WorkerPool pool({.threads = kThreads, .threads_per_lane = kThreads});
  const verifier::Looking looking = {
      .pool = &pool,
      .allowance = std::make_shared<verifier::Allowance>(base::Share(), bytes->OpenAccount(),
                                                         verifier::Allowance::Limits()),
      .deadline = deadline};
  return ReadImageTree({registry, repository, digest, credential, looking, turns}, judge);
}

}  // namespace

absl::StatusOr<ImageTree> LookAtImage(registry::Registry* registry,
                                      const oci::ImageReference& image,
                                      std::vector<registry::Credential> credentials,
                                      PieceJudge& judge, base::ByteBudget* bytes,
                                      absl::Time deadline) {
  if (credentials.size() >= verifier::kMaxCredentials) {
    credentials.erase(credentials.begin() + verifier::kMaxCredentials - 1, credentials.end());
  }
  const registry::Credential anonymous = {};
  const bool has_anonymous =
      std::find(credentials.begin(), credentials.end(), anonymous) != credentials.end();
  if (!has_anonymous) credentials.push_back(anonymous);
  absl::Status first_refusal;
  for (const registry::Credential& credential : credentials) {
    const absl::StatusOr<oci::Digest> digest = FindImage(registry, image, credential, deadline);
    if (digest.ok()) {
      ImageTree tree =
          Read(registry, image.repository(), *digest, credential, judge, bytes, deadline);
      tree.image = image.text();
      return tree;
    }
    if (!IsRefusal(digest.status())) return digest.status();
    if (first_refusal.ok()) first_refusal = digest.status();
  }
  return first_refusal;
}

}  // namespace countersign::cli
