#include "cli/bundle_report.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/printable.h"

namespace countersign::cli {
namespace {

std::string Who(const cosign::Proof& proof) {
  if (!proof.identity.has_value()) return "the key";
  return absl::StrCat(base::Printable(proof.subject), ", as ",
                      base::Printable(proof.identity->issuer), " says");
}

std::string WriteProof(std::string_view file, const cosign::Proof& proof) {
  std::string text =
      absl::StrCat("verified   ", base::Printable(file), "  signed by ", Who(proof), "\n");
  for (const absl::Time time : proof.times) {
    absl::StrAppend(&text, "  at ",
                    absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone()), "\n");
  }
  for (const uint64_t index : proof.log_indexes) {
    absl::StrAppend(&text, "  logged as entry ", index, "\n");
  }
  if (!proof.predicate_type.empty()) {
    absl::StrAppend(&text, "  states ", base::Printable(proof.predicate_type), "\n");
  }
  return text;
}

}  // namespace

std::string WriteText(std::string_view file,
                      const std::variant<cosign::Refusal, cosign::Proof>& result) {
  if (const auto* proof = std::get_if<cosign::Proof>(&result)) return WriteProof(file, *proof);
  return absl::StrCat("denied     ", base::Printable(file), "  ",
                      base::Printable(std::get<cosign::Refusal>(result).sentence), "\n");
}

}  // namespace countersign::cli
