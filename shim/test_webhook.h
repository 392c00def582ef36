#ifndef COUNTERSIGN_SHIM_TEST_WEBHOOK_H_
#define COUNTERSIGN_SHIM_TEST_WEBHOOK_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/log.h"
#include "gtest/gtest.h"
#include "shim/fake_verifier.h"
#include "shim/webhook.h"

namespace countersign::shim {

// Containers of these images, named c0, c1 and so on.
base::Json Containers(const std::vector<std::string>& images);

// The Pod shop/web with them.
base::Json PodObject(const std::vector<std::string>& images);

// A review, of uid u1, about the Pod shop/web.
base::Json Review(std::string_view operation, base::Json object, base::Json old_object = nullptr);

// What a webhook answered.
struct WebhookAnswer {
  base::Json response;

  bool allowed() const { return response.at("allowed").get<bool>(); }
  std::string message() const { return allowed() ? "" : response.at("status").at("message"); }
  base::Json warnings() const { return response.value("warnings", base::Json::array()); }
  base::Json audit() const { return response.value("auditAnnotations", base::Json::object()); }
  base::Json patch() const;
  // The annotations of `object` as patched.
  base::Json AnnotationsOn(const base::Json& object) const;
};

// A webhook that asks a verifier in memory, to which the images "signed" and "signed-too" are; and
// what it logs.
class WebhookTest : public testing::Test {
 protected:
  WebhookTest();

  absl::StatusOr<std::string> Handle(std::string_view body);
  // Expects an answer, of the review's version and to its uid.
  WebhookAnswer Ask(const base::Json& review);

  const absl::Time deadline_ = absl::FromUnixSeconds(1'700'000'000);
  FakeVerifier verifier_;
  Webhook::Options options_;
  Webhook::OnRead on_read_;
  std::vector<std::string> logged_;
  const base::ScopedLogSink log_;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_TEST_WEBHOOK_H_
