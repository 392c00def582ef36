#ifndef COUNTERSIGN_SHIM_FIELD_PATH_H_
#define COUNTERSIGN_SHIM_FIELD_PATH_H_

#include <string>
#include <string_view>

namespace countersign::shim {

// A JSON pointer (RFC 6901) as people who use kubectl read paths, and as the Policy Controller writes
// them: "/spec/template/spec/containers/0/image" is "spec.template.spec.containers[0].image". Printable.
// Pure.
std::string FieldPath(std::string_view json_pointer);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_FIELD_PATH_H_
