#include "policy/sigstore/kms_reference.h"

#include <cstddef>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/printable.h"
#include "re2/re2.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kAws = "awskms://";
constexpr std::string_view kProviders[] = {kAws, "azurekms://", "hashivault://", "gcpkms://"};

// Whether it is one of AWS's four forms: a key's identifier or an alias, bare or in an ARN.
bool HasFormOfAws(std::string_view reference) {
  constexpr char kId[] =
      "m?r?k?-?[A-Fa-f0-9]{8}-?[A-Fa-f0-9]{4}-?[A-Fa-f0-9]{4}-?[A-Fa-f0-9]{4}-?[A-Fa-f0-9]{12}";
  static const re2::RE2* const form = new re2::RE2(
      absl::StrCat("awskms://[^/]*/(?:(?:arn:(?:aws|aws-us-gov|aws-cn):kms:[a-z0-9-]+:\\d{12}:)?"
                   "alias/.*|(?:arn:(?:aws|aws-us-gov|aws-cn):kms:[a-z0-9-]+:\\d{12}:key/)?",
                   kId, ")"));
  return re2::RE2::FullMatch(re2::StringPiece(reference.data(), reference.size()), *form);
}

// What net.SplitHostPort of Go has against it; "": nothing.
std::string_view HostPortFault(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return "missing port in address";
  size_t host_begin = 0;
  size_t port_begin = 0;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return "missing ']' in address";
    if (end + 1 == text.size()) return "missing port in address";
    if (end + 1 != colon) {
      return text[end + 1] == ':' ? "too many colons in address" : "missing port in address";
    }
    host_begin = 1;
    port_begin = end + 1;
  } else if (text.substr(0, colon).find(':') != std::string_view::npos) {
    return "too many colons in address";
  }
  if (text.find('[', host_begin) != std::string_view::npos) return "unexpected '[' in address";
  if (text.find(']', port_begin) != std::string_view::npos) return "unexpected ']' in address";
  return "";
}

std::string AwsFault(std::string_view reference) {
  constexpr std::string_view kFormat =
      "kms key should be in the format awskms://[ENDPOINT]/[ID/ALIAS/ARN] (endpoint optional)";
  const std::vector<std::string> parts = absl::StrSplit(reference, '/');
  if (parts.size() < 4) {
    return "malformed AWS KMS format 'awskms://$ENDPOINT/$KEYID', should be conformant with KMS "
           "standard documented here: "
           "https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id";
  }
  if (!HasFormOfAws(reference)) return std::string(kFormat);
  const std::string& endpoint = parts[2];
  if (endpoint.starts_with("arn") || endpoint.starts_with("alias")) return std::string(kFormat);
  if (!endpoint.empty()) {
    const std::string_view fault = HostPortFault(endpoint);
    if (!fault.empty()) {
      return absl::StrCat("malformed endpoint: address ", base::Printable(endpoint), ": ", fault);
    }
  }
  // Of the forms, those that are no ARN.
  if (!parts[3].starts_with("arn:")) {
    return "failed to parse either key or alias arn: arn: invalid prefix";
  }
  return "";
}

}  // namespace

std::string KmsFault(std::string_view reference) {
  const bool is_known = absl::c_any_of(
      kProviders, [&](std::string_view provider) { return reference.starts_with(provider); });
  if (!is_known) {
    return absl::StrCat(
        "malformed KMS format, should be prefixed by any of the supported providers: [",
        absl::StrJoin(kProviders, " "), "]");
  }
  return reference.starts_with(kAws) ? AwsFault(reference) : "";
}

std::string KmsAdvice(std::string_view reference) {
  return absl::StrCat("key management services are not asked: give verifiers the public key of ",
                      base::Printable(reference),
                      " with --kms-public-key URI=FILE, or write it as data");
}

}  // namespace countersign::policy
