#include "verifier/evidence/signature_reader.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/byte_budget.h"
#include "base/status_macros.h"
#include "cosign/signature_layer.h"
#include "oci/manifest.h"
#include "verifier/evidence/evidence_text.h"
#include "verifier/evidence/signature_layers.h"

namespace countersign::verifier {
namespace {

// All payloads of one image together; a real one has a few hundred bytes. Whoever may push to a
// repository must not be able to fill the memory of those who look at it.
constexpr size_t kMaxPayloadBytesPerImage = 16 << 20;

// The layers under the signature tag, with nothing more of them held than is needed; nullopt if
// there is no such tag. A manifest that is of no use is one broken layer, in `broken`.
absl::StatusOr<std::optional<SignatureLayers>> FetchLayers(
    registry::Registry* registry, const oci::Repository& repository, const oci::Digest& image,
    const registry::Credential& credential, const Looking& looking, base::Turnstile& turns,
    const std::shared_ptr<base::HeldBytes>& held, absl::Status& broken) {
  const std::string tag = cosign::SignatureTag(image);
  const absl::StatusOr<std::string> bytes = registry->FetchManifestByTag(
      repository, tag, credential, registry::Bounds(looking.deadline, held));
  if (absl::IsNotFound(bytes.status())) return std::nullopt;
  CS_RETURN_IF_ERROR(bytes.status());
  held->KeepOnly(bytes->size());
  CS_RETURN_IF_ERROR(
      held->Reserve((kTextCopies - 1) * bytes->size(), looking.deadline, looking.is_wanted));
  CS_ASSIGN_OR_RETURN(const base::Turnstile::Place place,
                      turns.Enter(looking.allowance->share(), looking.is_wanted, looking.deadline));
  const absl::StatusOr<oci::ImageManifest> manifest = oci::ParseImageManifest(*bytes);
  if (!manifest.ok()) {
    broken = base::Annotate(absl::StrCat("the manifest under tag ", tag), manifest.status());
    return std::nullopt;
  }
  if (manifest->layers.size() > cosign::kMaxSignatures) {
    broken = absl::OutOfRangeError(absl::StrCat("the manifest under tag ", tag, " has ",
                                                manifest->layers.size(), " signatures; at most ",
                                                cosign::kMaxSignatures, " are looked at"));
    return std::nullopt;
  }
  return SignatureLayers(manifest->layers, {.bytes = kMaxPayloadBytesPerImage});
}

}  // namespace

absl::StatusOr<ReadSignatures> FetchSignatures(registry::Registry* registry,
                                               const oci::Repository& repository,
                                               const oci::Digest& image,
                                               const registry::Credential& credential,
                                               const Looking& looking, base::Turnstile& turns) {
  const std::shared_ptr<base::HeldBytes> held = looking.allowance->bytes().Hold();
  absl::Status broken;
  CS_ASSIGN_OR_RETURN(
      std::optional<SignatureLayers> layers,
      FetchLayers(registry, repository, image, credential, looking, turns, held, broken));
  if (!broken.ok()) return ReadSignatures{.signatures = {broken}};
  if (!layers.has_value()) return ReadSignatures{};
  held->KeepOnly(layers->signature_bytes());
  CS_RETURN_IF_ERROR(held->Reserve(layers->payload_bytes(), looking.deadline, looking.is_wanted));
  CS_RETURN_IF_ERROR(layers->ReadPayloads(registry, repository, credential, looking));
  return ReadSignatures{.signatures = std::move(*layers).Take(), .held = {held}};
}

}  // namespace countersign::verifier
