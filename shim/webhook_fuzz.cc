#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "base/log.h"
#include "shim/fake_verifier.h"
#include "shim/webhook.h"

// Whatever is answered is an AdmissionReview; it allows only what nobody needed to be asked about,
// as the verifier denies everything, and a denial has a reason.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using countersign::base::Json;
  using namespace countersign::shim;
  static const countersign::base::ScopedLogSink silence([](std::string_view) {});

  const std::string_view text(reinterpret_cast<const char*>(data), size);
  FakeVerifier verifier;  // denies everything
  Webhook webhook(&verifier, {});
  const auto answer = webhook.Handle(text, {}, absl::InfiniteFuture());
  if (!answer.ok()) return 0;
  const Json response = Json::parse(*answer).at("response");
  const bool allowed = response.at("allowed").get<bool>();
  if (allowed && !verifier.requests().empty()) std::abort();
  if (!allowed && response.at("status").at("message").get<std::string>().empty()) std::abort();
  return 0;
}
