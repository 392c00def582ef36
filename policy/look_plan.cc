#include "policy/look_plan.h"

#include <memory>

namespace countersign::policy {

Place PlaceIn(const EvidenceSourcePtr& source, Place::Kind kind) {
  if (kind != Place::kReferrers || source == nullptr || source->tag_prefix.empty()) {
    return {kind, source};
  }
  if (!source->repository.has_value()) return kind;
  return {kind,
          std::make_shared<const EvidenceSource>(EvidenceSource{.repository = source->repository})};
}

}  // namespace countersign::policy
