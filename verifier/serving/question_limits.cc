#include "verifier/serving/question_limits.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "proto/limits.h"

namespace countersign::verifier {
namespace {

absl::Status CheckLength(std::string_view field, const std::string& value, size_t limit) {
  if (value.size() <= limit) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": has ", value.size(), " bytes; at most ", limit, " are allowed"));
}

absl::Status CheckCount(std::string_view field, int count, int limit) {
  if (count <= limit) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": has ", count, " elements; at most ", limit, " are allowed"));
}

}  // namespace

absl::Status CheckQuestion(const v1::VerifyImagesRequest& request) {
  if (request.images().empty()) return absl::InvalidArgumentError("images: at least one is needed");
  CS_RETURN_IF_ERROR(CheckCount("images", request.images_size(), v1::kMaxImages));
  for (int i = 0; i < request.images_size(); ++i) {
    const v1::Image& image = request.images(i);
    CS_RETURN_IF_ERROR(CheckLength(absl::StrCat("images[", i, "].container"), image.container(),
                                   v1::kMaxNameBytes));
    CS_RETURN_IF_ERROR(CheckLength(absl::StrCat("images[", i, "].reference"), image.reference(),
                                   v1::kMaxReferenceBytes));
  }
  CS_RETURN_IF_ERROR(CheckLength("namespace", request.namespace_(), v1::kMaxNameBytes));
  CS_RETURN_IF_ERROR(CheckLength("service_account", request.service_account(), v1::kMaxNameBytes));
  const absl::flat_hash_set<std::string_view> pull_secrets(request.image_pull_secrets().begin(),
                                                           request.image_pull_secrets().end());
  CS_RETURN_IF_ERROR(
      CheckCount("image_pull_secrets", static_cast<int>(pull_secrets.size()), v1::kMaxPullSecrets));
  for (int i = 0; i < request.image_pull_secrets_size(); ++i) {
    CS_RETURN_IF_ERROR(CheckLength(absl::StrCat("image_pull_secrets[", i, "]"),
                                   request.image_pull_secrets(i), v1::kMaxNameBytes));
  }
  CS_RETURN_IF_ERROR(CheckLength("subject.kind", request.subject().kind(), v1::kMaxNameBytes));
  CS_RETURN_IF_ERROR(CheckLength("subject.name", request.subject().name(), v1::kMaxNameBytes));
  return CheckLength("subject.operation", request.subject().operation(), v1::kMaxNameBytes);
}

}  // namespace countersign::verifier
