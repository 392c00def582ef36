#ifndef COUNTERSIGN_KUBE_MANIFESTS_YAML_DOCUMENTS_H_
#define COUNTERSIGN_KUBE_MANIFESTS_YAML_DOCUMENTS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/manifests/source_lines.h"

namespace countersign::kube {

struct YamlLimits {
  size_t max_bytes = 4 << 20;
  // Mappings and sequences inside each other; the outermost is depth 1.
  int max_depth = 64;
  // Values in all documents, and bytes of their scalars and keys. What an anchor marks is counted
  // once more for being kept, and again for each alias of it.
  size_t max_nodes = 100'000;
  size_t max_scalar_bytes = 16 << 20;
};

// Reads a stream of YAML documents; empty ones are left out. Scalars mean what ReadPlainScalar
// says, and quoted ones are strings. Keys that are integers or booleans become strings, as for
// kubectl.
//
// Errors are those of SourceError (source_fault.h), with `file` as given. Refused are, beside
// what is no YAML, text that is not UTF-8 or has control characters, duplicate keys, keys that are
// no scalars, merge keys (<<), all tags but !!str, !!map and !!seq, an alias of something that
// contains it, and what exceeds `limits`. Values are never quoted. Never throws.
absl::StatusOr<std::vector<Document>> ParseYamlDocuments(std::string_view file,
                                                         const std::string& text,
                                                         const YamlLimits& limits = {});

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_YAML_DOCUMENTS_H_
