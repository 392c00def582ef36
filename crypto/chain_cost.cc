#include "crypto/chain_cost.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/certificate_chain.h"
#include "crypto/certificate_fields.h"
#include "crypto/public_key.h"

namespace countersign::crypto {
namespace {

// A certificate that may have issued another: names are elements of its DER.
struct Candidate {
  std::string_view der;
  std::string_view subject;
  std::string_view issuer;
  size_t units = 0;  // of an operation with its key
};

// What cannot be read issues nothing.
void AddCandidates(absl::Span<const Certificate> certificates, std::vector<Candidate>& candidates) {
  for (const Certificate& certificate : certificates) {
    const absl::StatusOr<CertificateFields> fields = ReadCertificateFields(certificate.der());
    if (!fields.ok()) continue;
    const absl::StatusOr<PublicKey> key = PublicKey::FromDer(fields->public_key_info);
    candidates.push_back(
        {certificate.der(), fields->subject, fields->issuer, key.ok() ? key->Cost() : 0});
  }
}

// Goes the way of FindPath, as if each issuer by name were one, and each path were refused at its
// end.
class Walk {
 public:
  // The first candidate is the anchor.
  Walk(const Candidate& leaf, absl::Span<const Candidate> candidates)
      : candidates_(candidates), path_{&leaf} {}

  size_t Run() {
    Extend();
    // Where some of them are none, others are asked instead.
    return checks_ == kMaxSignatureChecks ? checks_ * Dearest() : units_;
  }

 private:
  void Extend() {
    if (path_.back() == &candidates_.front()) return;
    for (const Candidate& candidate : candidates_) {
      if (candidate.subject != path_.back()->issuer || IsOnPath(candidate)) continue;
      if (path_.size() == kMaxPathLength || checks_ == kMaxSignatureChecks) return;
      ++checks_;
      units_ += candidate.units;
      path_.push_back(&candidate);
      Extend();
      path_.pop_back();
    }
  }

  bool IsOnPath(const Candidate& candidate) const {
    return std::any_of(path_.begin(), path_.end(),
                       [&](const Candidate* on_path) { return on_path->der == candidate.der; });
  }

  size_t Dearest() const {
    size_t units = 0;
    for (const Candidate& candidate : candidates_) units = std::max(units, candidate.units);
    return units;
  }

  const absl::Span<const Candidate> candidates_;
  std::vector<const Candidate*> path_;
  size_t checks_ = 0;
  size_t units_ = 0;
};

}  // namespace

size_t CostToFindPath(const Certificate& leaf, absl::Span<const Certificate> authority,
                      absl::Span<const Certificate> extra) {
  if (authority.empty() || authority.size() > kMaxChainCertificates ||
      extra.size() > kMaxChainCertificates) {
    return 0;
  }
  std::vector<Candidate> first;
  AddCandidates(absl::MakeConstSpan(&leaf, 1), first);
  std::vector<Candidate> candidates;
  AddCandidates(authority.subspan(authority.size() - 1), candidates);
  if (first.empty() || candidates.empty()) return 0;
  AddCandidates(authority.subspan(0, authority.size() - 1), candidates);
  AddCandidates(extra, candidates);
  return Walk(first.front(), candidates).Run();
}

}  // namespace countersign::crypto
