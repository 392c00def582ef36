#include "verifier/evidence/referrer_list.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/byte_budget.h"
#include "base/status_macros.h"
#include "base/transient.h"
#include "base/wanted.h"
#include "cosign/layer_form.h"
#include "oci/descriptor.h"
#include "oci/index.h"
#include "registry/registry.h"
#include "verifier/evidence/evidence_text.h"
#include "verifier/evidence/look_phases.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kCosigns = "application/vnd.dev.cosign.";
// What indexes that clients keep say where they mean nothing.
constexpr std::string_view kEmpty = "application/vnd.oci.empty.v1+json";
constexpr std::string_view kImageConfig = "application/vnd.oci.image.config.v1+json";

// By how likely it is to be evidence, the likeliest first. Nothing that an index says of a manifest
// is signed, so nothing is left out by it.
enum class Rank { kBundle, kUnknown, kOther };

// It has no layers, in which evidence is.
bool IsIndex(const oci::Descriptor& manifest) {
  return manifest.media_type == oci::kOciIndex || manifest.media_type == oci::kDockerManifestList;
}

Rank RankOf(const oci::Descriptor& manifest) {
  if (IsIndex(manifest)) return Rank::kOther;
  const std::string_view type = manifest.artifact_type;
  if (absl::StartsWith(type, cosign::kBundleMediaTypes)) return Rank::kBundle;
  const bool is_unknown =
      type.empty() || type == kEmpty || type == kImageConfig || absl::StartsWith(type, kCosigns);
  return is_unknown ? Rank::kUnknown : Rank::kOther;
}

// That not all there is could be read, and may be another time.
absl::Status NotAllWasRead(const absl::Status& why) {
  const absl::StatusCode code = base::IsTransient(why) ? why.code() : absl::StatusCode::kAborted;
  return absl::Status(
      code, absl::StrCat("not all that refers to the image could be read: ", why.message()));
}

// What indexes list, on its way to what is looked at. No more is kept of them than that.
class Candidates {
 public:
  explicit Candidates(Indexes indexes) : indexes_(indexes) {}

  // Returns how many bytes it takes of what is embedded there.
  size_t Add(oci::ImageIndex index) {
    size_t embedded = 0;
    absl::flat_hash_set<oci::Digest> known;
    for (const Candidate& candidate : best_) known.insert(candidate.referrer.digest);
    for (absl::StatusOr<oci::Descriptor>& manifest : index.manifests) {
      if (!manifest.ok()) {
        if (malformed_++ == 0) first_malformed_ = manifest.status();
      } else if (IsWanted(*manifest) && known.insert(manifest->digest).second) {
        embedded += manifest->data.size();
        best_.push_back({RankOf(*manifest),
                         {.digest = manifest->digest,
                          .size = static_cast<size_t>(manifest->size),
                          .data = std::move(manifest->data)}});
      }
    }
    std::stable_sort(best_.begin(), best_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.rank < b.rank; });
    if (best_.size() > kMaxReferrers) {
      were_left_out_ = true;
      best_.erase(best_.begin() + kMaxReferrers, best_.end());
      best_.shrink_to_fit();  // the next page may be long in coming
    }
    return embedded;
  }

  // It holds what was embedded, until all is read.
  void Keep(std::shared_ptr<base::HeldBytes> held) { held_.push_back(std::move(held)); }

  void AddFault(absl::Status fault) { faults_.push_back(std::move(fault)); }

  bool IsEmpty() const { return best_.empty(); }

  ReferrerList Take() && {
    ReferrerList list = {.faults = std::move(faults_), .held = std::move(held_)};
    for (Candidate& candidate : best_) list.manifests.push_back(std::move(candidate.referrer));
    if (malformed_ > 0) {
      list.faults.push_back(absl::InvalidArgumentError(
          absl::StrCat("of the list of what refers to the image ", malformed_,
                       malformed_ == 1 ? " entry" : " entries",
                       " cannot be read, the first: ", first_malformed_.message())));
    }
    if (were_left_out_) {
      list.faults.push_back(absl::AbortedError(absl::StrCat(
          "more than ", kMaxReferrers, " manifests refer to the image; no more are looked at")));
    }
    return list;
  }

 private:
  struct Candidate {
    Rank rank;
    Referrer referrer;
  };

  bool IsWanted(const oci::Descriptor& manifest) const {
    return indexes_ == Indexes::kListed || !IsIndex(manifest);
  }

  const Indexes indexes_;
  std::vector<Candidate> best_;
  bool were_left_out_ = false;
  size_t malformed_ = 0;
  absl::Status first_malformed_;
  std::vector<absl::Status> faults_;
  std::vector<std::shared_ptr<base::HeldBytes>> held_;  // hold what is embedded
};

// Takes what the index lists; if it is none, that is the fault that `fault_of` makes of why. `held`
// holds its bytes.
absl::Status AddIndex(const ImageSource& source, std::string bytes,
                      absl::FunctionRef<absl::Status(const absl::Status& why)> fault_of,
                      const std::shared_ptr<base::HeldBytes>& held, Candidates& candidates) {
  const Looking& looking = source.looking;
  held->KeepOnly(bytes.size());
  CS_RETURN_IF_ERROR(looking.Reserve(*held, (kTextCopies - 1) * bytes.size()));
  CS_ASSIGN_OR_RETURN(const base::Turnstile::Place place, source.AwaitTurn());
  absl::StatusOr<oci::ImageIndex> index = oci::ParseImageIndex(bytes);
  if (!index.ok()) {
    candidates.AddFault(fault_of(index.status()));
    return absl::OkStatus();
  }
  const size_t embedded = candidates.Add(*std::move(index));
  if (embedded == 0) return absl::OkStatus();
  bytes = std::string();
  held->KeepOnly(embedded);
  looking.Keep(*held);
  candidates.Keep(held);
  return absl::OkStatus();
}

// What the registry lists. Where it has no API for that, nothing.
absl::Status AddPages(const ImageSource& source, Candidates& candidates) {
  absl::flat_hash_set<std::string> asked;
  std::string page;
  while (asked.insert(page).second) {
    if (asked.size() > kMaxReferrerPages) {
      candidates.AddFault(absl::AbortedError(absl::StrCat(
          "what refers to the image is listed on more than ", kMaxReferrerPages, " pages")));
      return absl::OkStatus();
    }
    if (!source.looking.IsWanted()) return base::NobodyWaits();
    const std::shared_ptr<base::HeldBytes> held = source.looking.allowance->bytes().Hold();
    absl::StatusOr<registry::ReferrersPage> answer = source.looking.During(LookPhase::kFetch, [&] {
      return source.registry->FetchReferrers(source.repository, source.image, page,
                                             source.credential,
                                             registry::Bounds(source.looking.deadline, held));
    });
    const bool is_first = page.empty();
    if (!answer.ok()) {
      if (is_first) return absl::IsNotFound(answer.status()) ? absl::OkStatus() : answer.status();
      candidates.AddFault(NotAllWasRead(answer.status()));
      return absl::OkStatus();
    }
    // The registry has made it, of whatever was pushed: what it would list there is unknown.
    const auto fault_of = [](const absl::Status& why) {
      return NotAllWasRead(base::Annotate("the registry's list", why));
    };
    CS_RETURN_IF_ERROR(AddIndex(source, std::move(answer->index), fault_of, held, candidates));
    if (!answer->next.ok()) {
      candidates.AddFault(NotAllWasRead(answer->next.status()));
      return absl::OkStatus();
    }
    if (answer->next->empty()) return absl::OkStatus();
    page = *std::move(answer->next);
  }
  candidates.AddFault(
      NotAllWasRead(absl::AbortedError("the pages of the registry's list lead in a circle")));
  return absl::OkStatus();
}

// What clients list where registries do not.
absl::Status AddTagged(const ImageSource& source, Candidates& candidates) {
  const std::string tag = oci::ReferrersTag(source.image);
  const std::shared_ptr<base::HeldBytes> held = source.looking.allowance->bytes().Hold();
  absl::StatusOr<std::string> bytes = source.looking.During(LookPhase::kFetch, [&] {
    return source.registry->FetchManifestByTag(source.repository, tag, source.credential,
                                               registry::Bounds(source.looking.deadline, held));
  });
  if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
  CS_RETURN_IF_ERROR(bytes.status());
  // Whoever pushes has made it: there is nothing else there.
  const auto fault_of = [&tag](const absl::Status& why) {
    return base::Annotate(absl::StrCat("the index under tag ", tag), why);
  };
  return AddIndex(source, *std::move(bytes), fault_of, held, candidates);
}

}  // namespace

absl::StatusOr<ReferrerList> ListReferrers(const ImageSource& source, Indexes indexes) {
  Candidates candidates(indexes);
  CS_RETURN_IF_ERROR(AddPages(source, candidates));
  const bool by_tag = candidates.IsEmpty();
  if (by_tag) CS_RETURN_IF_ERROR(AddTagged(source, candidates));
  ReferrerList list = std::move(candidates).Take();
  list.by_tag = by_tag && !list.manifests.empty();
  return list;
}

}  // namespace countersign::verifier
