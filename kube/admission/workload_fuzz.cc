#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "kube/admission/workload.h"

// Every image that is found is where its pointer says, and what it says is what is there. A path
// that is accepted for a kind can be followed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using countersign::base::Json;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  countersign::kube::WorkloadKinds kinds;
  (void)kinds.Add(text);

  const auto object = countersign::base::ParseJson(text);
  if (!object.ok()) return 0;
  for (const std::string_view path : {"", "/spec/template", "/spec/jobTemplate/spec/template"}) {
    const auto workload = countersign::kube::ReadWorkload(*object, path);
    if (!workload.ok()) continue;
    for (const auto& use : workload->images) {
      if (object->at(Json::json_pointer(use.pointer)) != use.reference || use.reference.empty()) {
        std::abort();
      }
    }
  }
  return 0;
}
