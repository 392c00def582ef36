#ifndef COUNTERSIGN_KUBE_MANIFESTS_SOURCE_FAULT_H_
#define COUNTERSIGN_KUBE_MANIFESTS_SOURCE_FAULT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace countersign::kube {

// Where in a text something is wrong, and what.
struct SourceFault {
  int line = 0;              // the first is 1
  std::string pointer = {};  // JSON pointer (RFC 6901) into the document; "": none leads there
  std::string reason;

  friend bool operator==(const SourceFault&, const SourceFault&) = default;
};

// InvalidArgument "FILE:LINE: POINTER: REASON", or without the pointer.
absl::Status SourceError(std::string_view file, const SourceFault& fault);

// What SourceError was given; nullopt for other errors, and where a phrase was put before its message
// (base::Annotate).
std::optional<SourceFault> SourceFaultOf(const absl::Status& error);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_SOURCE_FAULT_H_
