#include "policy/sigstore/match_entry.h"

#include "policy/sigstore/part_reader.h"
#include "policy/sigstore/read_label_selector.h"

namespace countersign::policy {

MatchEntry ReadMatchEntry(const base::JsonPlace& place, std::vector<Problem>& problems) {
  MatchEntry entry;
  PartReader reader(place, problems);
  reader.Read("group", entry.group);
  reader.Read("version", entry.version);
  reader.Read("resource", entry.resource);
  reader.Read("selector", entry.selector, ReadLabelSelector);
  entry.broken = reader.Finish();
  return entry;
}

void ValidateMatchEntry(const MatchEntry& entry,
                        const std::set<std::string, std::less<>>& resources, std::string_view path,
                        FieldErrors& errors) {
  if (!entry.resource.empty() && !resources.contains(entry.resource)) {
    errors.AddInvalid(entry.resource, FieldPath(path, "resource"), "unsupported resource name");
  }
  if (entry.selector.has_value() && entry.group.empty() && entry.version.empty() &&
      entry.resource.empty()) {
    errors.AddInvalid("", FieldPath(path, "selector"),
                      "selector requires a resource type to match the labels");
  }
}

}  // namespace countersign::policy
