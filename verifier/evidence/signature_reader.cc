#include "verifier/evidence/signature_reader.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/signature_layer.h"
#include "verifier/evidence/evidence_layer.h"
#include "verifier/evidence/signature_layers.h"
#include "verifier/evidence/tagged_layers.h"

namespace countersign::verifier {

absl::StatusOr<ReadItems> FetchSignatures(const ImageSource& source) {
  const std::string tag = absl::StrCat(source.tag_prefix, cosign::SignatureTag(source.image));
  CS_ASSIGN_OR_RETURN(TaggedLayers tagged, FetchTaggedLayers(source, tag, ReadSignatureLayer));
  if (tagged.layers.empty()) return ReadItems{};
  SignatureLayers layers(std::move(tagged.layers), kMaxBytesUnderTag);
  tagged.held->KeepOnly(layers.bytes_here());
  CS_RETURN_IF_ERROR(source.looking.Reserve(*tagged.held, layers.bytes_to_come()));
  CS_RETURN_IF_ERROR(layers.ReadPayloads(source));
  source.looking.Keep(*tagged.held);
  return ReadItems{.items = std::move(layers).Take(), .held = {tagged.held}};
}

}  // namespace countersign::verifier
