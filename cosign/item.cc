#include "cosign/item.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/large_text_turn.h"
#include "base/printable.h"
#include "cosign/bundle.h"
#include "cosign/signed_envelope.h"
#include "crypto/message.h"

namespace countersign::cosign {
namespace {

// Of what they are, behind what they stand beside.
void AppendId(const Witnessed& witnesses, std::string& text) {
  if (!witnesses.ok()) {
    absl::StrAppend(&text, " unreadable: ", witnesses.status().message());
  } else if (*witnesses != nullptr) {
    const crypto::Sha256Digest& id = (*witnesses)->id;
    absl::StrAppend(&text, " witnesses ",
                    std::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
  }
}

// The text, where a timestamp may be of it; else it goes.
std::unique_ptr<const crypto::Message> TextToStamp(std::string blob, const Witnessed& witnesses) {
  if (!witnesses.ok() || *witnesses == nullptr || (*witnesses)->timestamps.empty()) return nullptr;
  return std::make_unique<const crypto::Message>(std::move(blob));
}

// The bytes go with it.
crypto::Sha256Digest IdOfBundle(std::string bytes) {
  return crypto::Sha256(absl::StrCat("bundle ", bytes));
}

}  // namespace

ItemPtr SignatureLayerItem(const oci::Digest& layer, std::shared_ptr<const Payload> payload,
                           std::string signature,
                           absl::StatusOr<std::shared_ptr<const LayerWitnesses>> witnesses) {
  // With its length, as a signature is whatever bytes somebody writes there.
  std::string text =
      absl::StrCat("signature layer ", layer.ToString(), " ", signature.size(), " ", signature);
  AppendId(witnesses, text);
  return std::make_shared<const Item>(Item{.id = crypto::Sha256(text),
                                           .form = Form::kSignatureLayer,
                                           .payload = std::move(payload),
                                           .signature = std::move(signature),
                                           .witnesses = std::move(witnesses)});
}

absl::StatusOr<ItemPtr> AttestationLayerItem(const oci::Digest& layer, std::string blob,
                                             Witnessed witnesses) {
  const base::LargeTextTurn turn(blob.size());
  absl::StatusOr<SignedEnvelope> envelope = ParseSignedEnvelope(blob);
  if (!envelope.ok()) {
    return absl::InvalidArgumentError(base::Printable(envelope.status().message()));
  }
  std::string text = absl::StrCat("attestation layer ", layer.ToString());
  AppendId(witnesses, text);
  std::unique_ptr<const crypto::Message> stamped = TextToStamp(std::move(blob), witnesses);
  auto attestation =
      std::make_shared<const AttestationEvidence>(*std::move(envelope), layer, std::move(stamped));
  return std::make_shared<const Item>(Item{.id = crypto::Sha256(text),
                                           .form = Form::kAttestationLayer,
                                           .attestation = std::move(attestation),
                                           .witnesses = std::move(witnesses)});
}

ItemPtr UnreadAttestationItem() {
  return std::make_shared<const Item>(
      Item{.id = crypto::Sha256("unread attestation"), .form = Form::kUnreadAttestation});
}

absl::StatusOr<ItemPtr> BundleItem(std::string bytes) {
  absl::StatusOr<Bundle> bundle = ParseBundle(bytes);
  if (!bundle.ok()) {
    return absl::InvalidArgumentError(base::Printable(bundle.status().message()));
  }
  const Form form = bundle->form;
  const crypto::Sha256Digest id = IdOfBundle(std::move(bytes));
  return std::make_shared<const Item>(
      Item{.id = id,
           .form = form,
           .bundle = std::make_shared<const BundleEvidence>(*std::move(bundle))});
}

Content ContentOf(const Item& item) {
  if (item.bundle != nullptr) return {item.bundle.get(), item.bundle->memory_bytes()};
  if (item.attestation != nullptr) {
    return {item.attestation.get(), item.attestation->memory_bytes()};
  }
  if (item.payload != nullptr) return {item.payload.get(), item.payload->bytes().size()};
  return {};
}

size_t OwnBytes(const Item& item) {
  size_t bytes = item.signature.size();
  if (!item.witnesses.ok()) {
    bytes += item.witnesses.status().message().size();
  } else if (*item.witnesses != nullptr) {
    bytes += (*item.witnesses)->memory_bytes();
  }
  return bytes;
}

size_t CountWitnesses(const Item& item) {
  if (item.bundle != nullptr) {
    const Bundle& bundle = item.bundle->bundle();
    return bundle.entries.size() + bundle.timestamps.size();
  }
  if (!item.witnesses.ok() || *item.witnesses == nullptr) return 0;
  return (*item.witnesses)->entries.size() + (*item.witnesses)->timestamps.size();
}

}  // namespace countersign::cosign
