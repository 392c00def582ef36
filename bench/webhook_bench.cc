// What the shim computes for an admission: from the bytes of a review that a kube-apiserver sent to
// the bytes of the answer, with a verifier that answers at once.

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "base/trace_context.h"
#include "benchmark/benchmark.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "shim/verifier_client.h"
#include "shim/webhook.h"

namespace countersign::shim {
namespace {

// Verifies every image, without looking.
class ContentVerifier final : public VerifierClient {
 public:
  CallResult<v1::VerifyImagesResponse> VerifyImages(const v1::VerifyImagesRequest& request,
                                                    absl::Time,
                                                    const base::TraceContext&) override {
    v1::VerifyImagesResponse response;
    for (const v1::Image& image : request.images()) {
      v1::Verdict* verdict = response.add_verdicts();
      verdict->set_container(image.container());
      verdict->set_reference(image.reference());
      verdict->set_decision(v1::DECISION_ALLOW);
      verdict->set_reason(v1::REASON_VERIFIED);
      verdict->set_digest(
          "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
      verdict->add_patterns("registry.example.org/*");
      verdict->add_keys("release");
    }
    return {.answer = std::move(response)};
  }
};

void Admit(benchmark::State& state, const std::string& name) {
  const absl::StatusOr<std::string> review =
      base::LoadFile(absl::StrCat("testdata/reviews/v1/", name, ".json"));
  if (!review.ok()) {
    state.SkipWithError("run it in the root of the checkout, or with bazel run");
    return;
  }
  ContentVerifier verifier;
  Webhook webhook(&verifier, {});
  for (auto _ : state) {
    const absl::StatusOr<std::string> answer = webhook.Handle(*review, {}, absl::InfiniteFuture());
    if (!answer.ok() || !absl::StrContains(*answer, "\"allowed\":true")) {
      state.SkipWithError("not admitted");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(review->size()));
}
BENCHMARK_CAPTURE(Admit, deployment, "deployment-web");
BENCHMARK_CAPTURE(Admit, deployment_update, "deployment-update-image");
BENCHMARK_CAPTURE(Admit, pod_many_images, "pod-many-images");

}  // namespace
}  // namespace countersign::shim
