#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "kube/admission/admission_review.h"

// What is read can be answered, and the answer is an AdmissionReview of the same version and uid.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using countersign::base::Json;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto request = countersign::kube::ParseAdmissionReview(text);
  if (!request.ok()) return 0;

  countersign::kube::AdmissionResponse response;
  response.message = std::string(text);
  response.warnings = {std::string(text)};
  response.audit_annotations = {{"text", std::string(text)}};
  const std::string answer = countersign::kube::WriteAdmissionReview(*request, response);
  const auto read = countersign::base::ParseJson(answer);
  if (!read.ok() || (*read)["apiVersion"] != request->api_version ||
      (*read)["response"]["uid"] != request->uid || (*read)["response"]["allowed"] != false) {
    std::abort();
  }
  return 0;
}
