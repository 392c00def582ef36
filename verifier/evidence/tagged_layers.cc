#include "verifier/evidence/tagged_layers.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/turnstile.h"
#include "cosign/signature_layer.h"
#include "oci/manifest.h"
#include "registry/registry.h"
#include "verifier/evidence/evidence_text.h"
#include "verifier/evidence/look_phases.h"

namespace countersign::verifier {
namespace {

EvidenceLayers LayersOf(const std::string& manifest_bytes, const std::string& tag,
                        LayerReader read) {
  const std::string name = absl::StrCat("the manifest under tag ", tag);
  const absl::StatusOr<oci::ImageManifest> manifest =
      oci::ParseImageManifest(manifest_bytes, cosign::kMaxSignatures + 1);
  if (!manifest.ok()) return {base::Annotate(name, manifest.status())};
  if (manifest->layers.size() > cosign::kMaxSignatures) {
    return {absl::AbortedError(absl::StrCat(name, " has more than ", cosign::kMaxSignatures,
                                            " layers, and is not looked at"))};
  }
  return ReadLayers(manifest->layers, read);
}

}  // namespace

absl::StatusOr<TaggedLayers> FetchTaggedLayers(const ImageSource& source, const std::string& tag,
                                               LayerReader read) {
  const Looking& looking = source.looking;
  TaggedLayers tagged = {.held = looking.allowance->bytes().Hold()};
  const absl::StatusOr<std::string> bytes = looking.During(LookPhase::kFetch, [&] {
    return source.registry->FetchManifestByTag(source.repository, tag, source.credential,
                                               registry::Bounds(looking.deadline, tagged.held));
  });
  if (absl::IsNotFound(bytes.status())) return tagged;
  CS_RETURN_IF_ERROR(bytes.status());
  tagged.held->KeepOnly(bytes->size());
  CS_RETURN_IF_ERROR(looking.Reserve(*tagged.held, (kTextCopies - 1) * bytes->size()));
  CS_ASSIGN_OR_RETURN(const base::Turnstile::Place place, source.AwaitTurn());
  tagged.layers = LayersOf(*bytes, tag, read);
  CS_RETURN_IF_ERROR(HoldJust(MemoryOf(tagged.layers), *tagged.held));
  return tagged;
}

}  // namespace countersign::verifier
