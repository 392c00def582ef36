#include "policy/stipulations.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "cosign/attestation_evidence.h"
#include "cosign/bundle_evidence.h"
#include "cosign/envelope_evidence.h"
#include "cosign/payload.h"
#include "cosign/payload_annotations.h"
#include "cosign/statement.h"
#include "policy/rules/unmet.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxTold = 3;
constexpr size_t kMaxReasonBytes = 200;

// What an item states: the bytes of its statement, and what was read of them.
struct Stated {
  std::string_view document;
  const absl::StatusOr<cosign::Statement>* statement = nullptr;
};

std::optional<Stated> StatedBy(const cosign::Item& item) {
  if (item.attestation != nullptr) {
    const cosign::EnvelopeEvidence& envelope = item.attestation->envelope();
    return Stated{envelope.payload(), &envelope.statement()};
  }
  if (item.bundle != nullptr && item.bundle->signed_bytes() != nullptr) {
    return Stated{item.bundle->payload(), &item.bundle->statement()};
  }
  return std::nullopt;
}

absl::StatusOr<Annotations> SignedAnnotations(const Annotations& wanted, const cosign::Item& item,
                                              const std::optional<Stated>& stated,
                                              const oci::Digest& image) {
  if (stated.has_value()) {
    CS_RETURN_IF_ERROR(stated->statement->status());
    const cosign::Subject* const subject =
        cosign::FindSubject(**stated->statement, "sha256", image.hex());
    if (subject == nullptr) return absl::InvalidArgumentError("it is not about this image");
    return subject->annotations;
  }
  if (item.payload == nullptr) return Annotations();
  std::vector<std::string_view> names;
  for (const auto& [name, text] : wanted) names.push_back(name);
  return cosign::ReadPayloadAnnotations(item.payload->bytes(), names);
}

}  // namespace

std::string Stipulations::Text() const {
  std::string text;
  const auto add = [&text](std::string_view part) {
    absl::StrAppend(&text, part.size(), ":", part);
  };
  absl::StrAppend(&text, annotations.size(), ";");
  for (const auto& [name, value] : annotations) {
    add(name);
    add(value);
  }
  for (const Condition& condition : conditions) add(condition.text);
  return text;
}

std::optional<std::string> WhyUnmet(const Stipulations& stipulations, const cosign::Item& item,
                                    const oci::Digest& image, absl::Time now) {
  if (stipulations.IsEmpty()) return std::nullopt;
  const std::optional<Stated> stated = StatedBy(item);
  if (!stipulations.annotations.empty()) {
    const absl::StatusOr<Annotations> found =
        SignedAnnotations(stipulations.annotations, item, stated, image);
    if (!found.ok()) {
      return absl::StrCat("its signed annotations cannot be read: ",
                          base::Printable(found.status().message(), kMaxReasonBytes));
    }
    std::optional<std::string> why = WhyNotAnnotated(stipulations.annotations, *found);
    if (why.has_value()) return why;
  }
  if (stipulations.conditions.empty()) return std::nullopt;
  if (!stated.has_value()) {
    return "it is a signature, and states nothing that conditions could be asked of";
  }
  const std::vector<std::string> unmet = FindUnmet(stipulations.conditions, stated->document, now);
  if (unmet.empty()) return std::nullopt;
  std::string why;
  for (size_t i = 0; i < std::min(unmet.size(), kMaxTold); ++i) {
    absl::StrAppend(&why, i == 0 ? "" : "; ", unmet[i]);
  }
  if (unmet.size() > kMaxTold) {
    absl::StrAppend(&why, "; and ", unmet.size() - kMaxTold, " more conditions do not hold");
  }
  return why;
}

}  // namespace countersign::policy
