#include "kube/manifests/source_fault.h"

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace countersign::kube {
namespace {

constexpr char kLine[] = "countersign/source-line";
constexpr char kPointer[] = "countersign/source-pointer";
constexpr char kReason[] = "countersign/source-reason";

std::string PayloadOf(const absl::Status& error, const char* name) {
  const absl::optional<absl::Cord> payload = error.GetPayload(name);
  return payload.has_value() ? std::string(*payload) : "";
}

}  // namespace

absl::Status SourceError(std::string_view file, const SourceFault& fault) {
  absl::Status error = absl::InvalidArgumentError(absl::StrCat(
      file, ":", fault.line, ": ", fault.pointer, fault.pointer.empty() ? "" : ": ", fault.reason));
  error.SetPayload(kLine, absl::Cord(absl::StrCat(fault.line)));
  error.SetPayload(kPointer, absl::Cord(fault.pointer));
  error.SetPayload(kReason, absl::Cord(fault.reason));
  return error;
}

std::optional<SourceFault> SourceFaultOf(const absl::Status& error) {
  SourceFault fault = {.pointer = PayloadOf(error, kPointer), .reason = PayloadOf(error, kReason)};
  if (!absl::SimpleAtoi(PayloadOf(error, kLine), &fault.line)) return std::nullopt;
  return fault;
}

}  // namespace countersign::kube
