#include "policy/sigstore/read_label_selector.h"

#include "policy/sigstore/part_reader.h"

namespace countersign::policy {
namespace {

LabelRequirementSpec ReadRequirement(const base::JsonPlace& place, std::vector<Problem>& problems) {
  LabelRequirementSpec spec;
  PartReader reader(place, problems);
  reader.Read("key", spec.key);
  reader.Read("operator", spec.op);
  reader.Read("values", spec.values);
  spec.broken = reader.Finish();
  return spec;
}

}  // namespace

LabelSelectorSpec ReadLabelSelector(const base::JsonPlace& place, std::vector<Problem>& problems) {
  LabelSelectorSpec spec;
  PartReader reader(place, problems);
  reader.Read("matchLabels", spec.match_labels);
  reader.Read("matchExpressions", spec.match_expressions, ReadRequirement);
  spec.broken = reader.Finish();
  return spec;
}

}  // namespace countersign::policy
