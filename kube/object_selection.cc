#include "kube/object_selection.h"

#include "absl/strings/str_cat.h"
#include "base/dns_name.h"
#include "base/printable.h"

namespace countersign::kube {

absl::Status CheckSelection(const ObjectSelection& selection) {
  const Resource& resource = selection.resource;
  if (resource.group.empty() && resource.plural == "secrets") {
    return absl::InvalidArgumentError("Secrets are read by name, and neither listed nor watched");
  }
  if (!selection.object_namespace.empty() &&
      (!resource.is_namespaced || !base::IsDnsLabel(selection.object_namespace))) {
    return absl::InvalidArgumentError(absl::StrCat(resource.kinds, " cannot be in a namespace ",
                                                   base::Quoted(selection.object_namespace)));
  }
  if (!selection.name.empty() && !base::IsDnsSubdomain(selection.name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("no ", resource.kind, " can be named ", base::Quoted(selection.name)));
  }
  return absl::OkStatus();
}

bool IsSelected(const ObjectSelection& selection, const std::string& object_namespace,
                const std::string& name) {
  return (selection.object_namespace.empty() || selection.object_namespace == object_namespace) &&
         (selection.name.empty() || selection.name == name);
}

}  // namespace countersign::kube
