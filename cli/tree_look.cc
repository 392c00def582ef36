#include "cli/tree_look.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "base/share.h"
#include "base/status_macros.h"
#include "base/turnstile.h"
#include "base/worker_pool.h"
#include "cli/tree_piece.h"
#include "cli/tree_reader.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "policy/look_plan.h"
#include "verifier/credentials/credential_finder.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/image_source.h"
#include "verifier/evidence/looking.h"
#include "verifier/evidence/plan_parts.h"

namespace countersign::cli {
namespace {

// As many of the same image's things are asked for at a time.
constexpr int kThreads = 8;

// Whether another credential may do better. Some registries say of what they hide that there is
// none.
bool IsRefusal(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status) ||
         absl::IsNotFound(status);
}

// What is in one source, of an image.
struct Where {
  const oci::Repository& repository;
  std::string_view tag_prefix = {};
  ReferrersAre referrers = ReferrersAre::kRead;
};

// Of a source that is not the image's own place. It lives as long as the two.
Where PlacesOf(const policy::EvidenceSourcePtr& source, const oci::Repository& image) {
  const policy::Place tag(policy::Place::kSignatureTag, source);
  // A prefix alone changes nothing of where they are.
  const bool are_beside_image = policy::PlaceIn(source, policy::Place::kReferrers) ==
                                policy::Place(policy::Place::kReferrers);
  return {.repository = verifier::RepositoryOf(tag, image),
          .tag_prefix = source->tag_prefix,
          .referrers = are_beside_image ? ReferrersAre::kLeftOut : ReferrersAre::kRead};
}

// One look at an image. It lives as long as what it is made of.
class Look {
 public:
  Look(registry::Registry* registry, const TreeSearch& search, PieceJudge& judge,
       base::ByteBudget* bytes, absl::Time deadline)
      : registry_(registry), search_(search), judge_(judge), bytes_(bytes), deadline_(deadline) {}

  // Those to try in a repository, the anonymous one among them.
  std::vector<registry::Credential> CredentialsFor(const oci::Repository& repository) const {
    std::vector<registry::Credential> credentials;
    if (search_.credentials != nullptr) credentials = search_.credentials(repository);
    if (credentials.size() >= verifier::kMaxCredentials) {
      credentials.erase(credentials.begin() + verifier::kMaxCredentials - 1, credentials.end());
    }
    const registry::Credential anonymous = {};
    const bool has_anonymous =
        std::find(credentials.begin(), credentials.end(), anonymous) != credentials.end();
    if (!has_anonymous) credentials.push_back(anonymous);
    return credentials;
  }

  // The digest of the image, which the registry has and shows whoever has this credential.
  absl::StatusOr<oci::Digest> FindImage(const registry::Credential& credential) const {
    const oci::ImageReference& image = search_.image;
    if (!image.digest().has_value()) {
      return registry_->ResolveTag(image.repository(), *image.tag(), credential, deadline_);
    }
    CS_RETURN_IF_ERROR(registry_
                           ->FetchManifest(image.repository(), *image.digest(),
                                           oci::kMaxManifestBytes, credential, deadline_)
                           .status());
    return *image.digest();
  }

  ImageTree Read(const oci::Digest& digest, const registry::Credential& credential) const {
    const oci::Repository& own = search_.image.repository();
    TreePart beside = ReadPart({.repository = own}, digest, credential);
    ImageTree tree = {.image = search_.image.text(),
                      .repository = own.ToString(),
                      .digest = digest.ToString(),
                      .branches = std::move(beside.branches),
                      .is_complete = beside.is_complete};
    const policy::EvidenceSourcePtr source = policy::SourceFor(search_.source, own);
    if (source == nullptr) return tree;
    const Where where = PlacesOf(source, own);
    TreePart there = where.repository == own ? ReadPart(where, digest, credential)
                                             : ReadElsewhere(where, digest);
    tree.is_complete = tree.is_complete && there.is_complete;
    tree.source = TreeSource{.repository = where.repository.ToString(),
                             .tag_prefix = std::string(where.tag_prefix)};
    if (there.branches.empty()) tree.source->fault = Shown(there.refusal.message());
    tree.source->branches = std::move(there.branches);
    return tree;
  }

 private:
  TreePart ReadPart(const Where& where, const oci::Digest& digest,
                    const registry::Credential& credential) const {
    base::Turnstile turns(1);
    base::WorkerPool pool({.threads = kThreads, .threads_per_lane = kThreads});
    const verifier::Looking looking = {
        .pool = &pool,
        .allowance = std::make_shared<verifier::Allowance>(base::Share(), bytes_->OpenAccount(),
                                                           verifier::Allowance::Limits()),
        .deadline = deadline_};
    return ReadTreePart({.registry = registry_,
                         .repository = where.repository,
                         .image = digest,
                         .credential = credential,
                         .looking = looking,
                         .turns = turns,
                         .tag_prefix = where.tag_prefix},
                        where.referrers, judge_);
  }

  // In a repository that may not let in whom the image's lets in. The branches are none, and there is
  // a refusal, where everybody was refused.
  TreePart ReadElsewhere(const Where& where, const oci::Digest& digest) const {
    std::optional<TreePart> nothing;
    std::optional<TreePart> refused;
    for (const registry::Credential& credential : CredentialsFor(where.repository)) {
      TreePart part = ReadPart(where, digest, credential);
      if (!part.refusal.ok() && !part.HasManifests()) {
        if (!refused) refused = TreePart{.is_complete = false, .refusal = part.refusal};
      } else if (!part.branches.empty()) {
        return part;
      } else {
        nothing = std::move(part);
      }
    }
    return nothing ? *std::move(nothing) : *std::move(refused);
  }

  registry::Registry* const registry_;
  const TreeSearch& search_;
  PieceJudge& judge_;
  base::ByteBudget* const bytes_;
  const absl::Time deadline_;
};

}  // namespace

absl::StatusOr<ImageTree> LookAtImage(registry::Registry* registry, const TreeSearch& search,
                                      PieceJudge& judge, base::ByteBudget* bytes,
                                      absl::Time deadline) {
  const Look look(registry, search, judge, bytes, deadline);
  absl::Status first_refusal;
  for (const registry::Credential& credential : look.CredentialsFor(search.image.repository())) {
    const absl::StatusOr<oci::Digest> digest = look.FindImage(credential);
    if (digest.ok()) return look.Read(*digest, credential);
    if (!IsRefusal(digest.status())) return digest.status();
    if (first_refusal.ok()) first_refusal = digest.status();
  }
  return first_refusal;
}

}  // namespace countersign::cli
