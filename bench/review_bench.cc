// What the shim computes of JSON for an admission: an AdmissionReview of a Pod as a kube-apiserver sent
// it, read with what is wanted of it, and the answer that marks and pins it.

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/file.h"
#include "base/json_parts.h"
#include "benchmark/benchmark.h"
#include "kube/admission/admission_review.h"
#include "kube/admission/workload.h"
#include "shim/findings.h"
#include "shim/image_marks.h"

namespace countersign::shim {
namespace {

constexpr char kReview[] = "testdata/reviews/v1/pod-forged-annotations.json";
constexpr char kPinned[] =
    "registry.example.org/shop/web:1.2@"
    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

// As the webhook wants it.
kube::AdmissionReviewReader Reader() {
  base::JsonParts parts = kube::WorkloadKinds().Parts();
  for (const char* pointer : {"/apiVersion", "/kind", "/metadata/name", "/metadata/generateName",
                              "/metadata/deletionTimestamp"}) {
    parts.At(pointer);
  }
  parts.At("/metadata/annotations").prefix = std::string(kAnnotationPrefix);
  parts.At("/metadata/labels").all = true;
  parts.At("/metadata/ownerReferences").Elements().At("/controller");
  return kube::AdmissionReviewReader(parts);
}

void Read(benchmark::State& state) {
  const absl::StatusOr<std::string> review = base::LoadFile(kReview);
  if (!review.ok()) {
    state.SkipWithError("run it in the root of the checkout, or with bazel run");
    return;
  }
  const kube::AdmissionReviewReader reader = Reader();
  for (auto _ : state) {
    benchmark::DoNotOptimize(reader.Read(*review));
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(review->size()));
}
BENCHMARK(Read);

void Write(benchmark::State& state) {
  const absl::StatusOr<std::string> review = base::LoadFile(kReview);
  const absl::StatusOr<kube::AdmissionRequest> request =
      review.ok() ? Reader().Read(*review) : review.status();
  if (!request.ok()) {
    state.SkipWithError("run it in the root of the checkout, or with bazel run");
    return;
  }
  Findings findings;
  findings.asked[kPinned] = {.status = ImageStatus::kVerified,
                             .digest = std::string(kPinned).substr(34),
                             .keys = {"release"}};
  findings.changes = {{"/spec/containers/0/image", kPinned}};
  for (auto _ : state) {
    kube::AdmissionResponse response;
    response.allowed = true;
    response.patch = PatchOf(*request, findings);
    const std::optional<MarkText> marks = WriteMarks(MarksForAudit(findings));
    response.audit_annotations = {{"status", marks->status}, {"images", marks->images}};
    benchmark::DoNotOptimize(kube::WriteAdmissionReview(*request, response));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Write);

}  // namespace
}  // namespace countersign::shim
