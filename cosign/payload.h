#ifndef COUNTERSIGN_COSIGN_PAYLOAD_H_
#define COUNTERSIGN_COSIGN_PAYLOAD_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/call_once.h"
#include "cosign/refusal.h"
#include "crypto/message.h"
#include "oci/digest.h"

namespace countersign::cosign {

// The signed bytes of one or more signatures, held, hashed and parsed once however many signatures
// are over them, in memory of their own size: what room `bytes` has beside them is given back.
// Immutable, as far as can be seen from outside; thread-safe.
class Payload {
 public:
  explicit Payload(std::string bytes);

  static std::shared_ptr<const Payload> Of(std::string bytes) {
    return std::make_shared<const Payload>(std::move(bytes));
  }

  const crypto::Message& message() const { return message_; }
  std::string_view bytes() const { return message_.bytes(); }

  // Why it is not a payload that speaks of `image` (cosign/signed_payload.h): it cannot be read
  // (kMalformed), or speaks of another image (kWrongArtifact). Nullopt: it is. The first to ask about
  // a large one waits until others of the process are parsed (base/large_text_turn.h).
  std::optional<Refusal> FindRefusal(const oci::Digest& image) const;

 private:
  void Read() const;

  const crypto::Message message_;
  mutable absl::once_flag once_;
  // What came of reading it: why it cannot be, or the beginning of the digest that it names, which
  // is longer than any digest where that was cut.
  mutable std::optional<Refusal> unreadable_;
  mutable std::string digest_;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_PAYLOAD_H_
