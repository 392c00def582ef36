#include "policy/difference.h"

namespace countersign::policy {
namespace {

bool SaysNothing(const Verdict& verdict) {
  return verdict.reason == Reason::kNoPolicy || verdict.reason == Reason::kExcludedNamespace ||
         IsUndecided(verdict.reason) || IsUndecided(verdict.warned_reason);
}

}  // namespace

Difference DifferenceOf(const Verdict& sign, const Verdict& sigstore) {
  if (SaysNothing(sign) || SaysNothing(sigstore)) return Difference::kNone;
  const bool warns = sigstore.warned_reason != Reason::kUnspecified;
  const bool denies = sigstore.decision != Decision::kAllow;
  if (sign.decision != Decision::kAllow) {
    return denies || warns ? Difference::kNone : Difference::kSignDenies;
  }
  if (denies) return Difference::kSigstoreDenies;
  return warns ? Difference::kSigstoreWouldDeny : Difference::kNone;
}

}  // namespace countersign::policy
