#include "cosign/payload.h"

#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/large_text_turn.h"
#include "base/printable.h"
#include "cosign/signed_payload.h"

namespace countersign::cosign {
namespace {

// Of what others wrote, in one failure.
constexpr size_t kMaxQuotedBytes = 200;
// More than a digest has, and than is quoted.
constexpr size_t kMaxKeptBytes = 256;

std::string WithoutRoom(std::string bytes) {
  bytes.shrink_to_fit();
  return bytes;
}

}  // namespace

Payload::Payload(std::string bytes) : message_(WithoutRoom(std::move(bytes))) {}

void Payload::Read() const {
  const base::LargeTextTurn turn(bytes().size());
  const absl::StatusOr<SignedPayload> payload = ParseSignedPayload(bytes());
  if (payload.ok()) {
    digest_ = payload->docker_manifest_digest.substr(0, kMaxKeptBytes);
  } else {
    unreadable_ =
        Refusal{Refused::kMalformed,
                absl::StrCat("its payload cannot be read: ",
                             base::Printable(payload.status().message(), kMaxQuotedBytes))};
  }
}

std::optional<Refusal> Payload::FindRefusal(const oci::Digest& image) const {
  absl::call_once(once_, [this] { Read(); });
  if (unreadable_.has_value()) return unreadable_;
  // Exactly, as cosign compares: another case or a missing algorithm is another image.
  if (digest_ == image.ToString()) return std::nullopt;
  return Refusal{Refused::kWrongArtifact,
                 absl::StrCat("its payload speaks of ", base::Printable(digest_, kMaxQuotedBytes),
                              ", not of this image")};
}

}  // namespace countersign::cosign
