#ifndef COUNTERSIGN_KUBE_MANIFESTS_YAML_WRITER_H_
#define COUNTERSIGN_KUBE_MANIFESTS_YAML_WRITER_H_

#include <string>

#include "base/json.h"

namespace countersign::kube {

// A JSON value as one YAML document that ParseYamlDocuments reads back as the same, beginning with
// "---" and ending with a line break. The members of an object come by name, but for those that people
// look for first: apiVersion, kind, metadata, name. Text of several lines is a block.
std::string WriteYaml(const base::Json& json);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_YAML_WRITER_H_
