#ifndef COUNTERSIGN_COSIGN_LAYER_WITNESSES_H_
#define COUNTERSIGN_COSIGN_LAYER_WITNESSES_H_

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cosign/log_entry_data.h"
#include "cosign/signing_certificate.h"
#include "crypto/sha256.h"

namespace countersign::cosign {

// Annotations of a layer, beside its signature, by which cosign before bundles says who signed its
// blob and who has seen that (cosign's specs/SIGNATURE_SPEC.md, "Properties"). What the annotation of a chain says
// is not looked at: nothing in it could be trusted.
inline constexpr std::string_view kCertificateAnnotation = "dev.sigstore.cosign/certificate";
inline constexpr std::string_view kLogEntryAnnotation = "dev.sigstore.cosign/bundle";
inline constexpr std::string_view kTimestampAnnotation = "dev.sigstore.cosign/rfc3161timestamp";

inline constexpr size_t kMaxCertificateBytes = 32 << 10;

// Nothing of it is believed.
struct LayerWitnesses {
  std::optional<SigningCertificate> certificate;
  std::vector<LogEntry> entries;        // none or one, of Rekor 1, without a proof
  std::vector<std::string> timestamps;  // none or one; crypto::TimestampToken reads them
  // Of the annotations, as they are written.
  crypto::Sha256Digest id = {};

  // What it takes in memory, about.
  size_t memory_bytes() const;
};

// Null: nothing. An error says why that cannot be read.
using Witnessed = absl::StatusOr<std::shared_ptr<const LayerWitnesses>>;

// Null: the layer has none of them, or only empty ones. InvalidArgument, in words that go on a
// sentence about the layer, says which is wrong and how. The certificate is the first of a PEM text;
// of the JSON of the other two, members that are not known are ignored and duplicate ones refused.
// Pure.
Witnessed ReadLayerWitnesses(const std::map<std::string, std::string>& annotations);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LAYER_WITNESSES_H_
