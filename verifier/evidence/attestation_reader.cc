#include "verifier/evidence/attestation_reader.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/signature_layer.h"
#include "verifier/evidence/attestation_layers.h"
#include "verifier/evidence/evidence_layer.h"
#include "verifier/evidence/tagged_layers.h"

namespace countersign::verifier {

absl::StatusOr<ReadItems> FetchAttestations(const ImageSource& source) {
  const std::string tag = absl::StrCat(source.tag_prefix, cosign::AttestationTag(source.image));
  CS_ASSIGN_OR_RETURN(TaggedLayers tagged, FetchTaggedLayers(source, tag, ReadAttestationLayer));
  source.looking.Keep(*tagged.held);
  return FetchEnvelopes(source, std::move(tagged.layers), {std::move(tagged.held)},
                        kMaxBytesUnderTag);
}

}  // namespace countersign::verifier
