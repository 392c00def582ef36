#ifndef COUNTERSIGN_KUBE_MANIFESTS_DOCUMENTS_H_
#define COUNTERSIGN_KUBE_MANIFESTS_DOCUMENTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/manifests/source_lines.h"

namespace countersign::kube {

// Whether a file of that name is one of Kubernetes objects: *.yaml, *.yml or *.json, not starting
// with '.'.
bool IsManifestName(std::string_view name);

// The documents in the text of the file `name`: one if it is *.json (see base::ParseJson), else any
// number (see ParseYamlDocuments). Errors are those of SourceError (source_fault.h): "NAME:LINE: …".
absl::StatusOr<std::vector<Document>> ParseDocuments(std::string_view name,
                                                     const std::string& text);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_DOCUMENTS_H_
