#include "http/client/ca_bundle.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/pem_block.h"
#include "base/status_macros.h"

namespace countersign::http {
namespace {

constexpr char kDebianRoots[] = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::string_view kLabel = "CERTIFICATE";

constexpr uint8_t kDerSequence = 0x30;
constexpr uint8_t kDerBitString = 0x03;

// Takes one DER element (X.690, sections 8.1 and 10.1) off the front of `bytes`, and gives its
// contents.
std::optional<std::string_view> TakeDer(std::string_view& bytes, uint8_t tag) {
  if (bytes.size() < 2 || static_cast<uint8_t>(bytes[0]) != tag) return std::nullopt;
  size_t length = static_cast<uint8_t>(bytes[1]);
  size_t header = 2;
  if (length >= 0x80) {
    const size_t count = length - 0x80;
    if (count == 0 || count > 3 || bytes.size() < 2 + count) return std::nullopt;
    length = 0;
    for (; header < 2 + count; ++header) {
      length = length << 8 | static_cast<uint8_t>(bytes[header]);
    }
  }
  if (bytes.size() - header < length) return std::nullopt;
  const std::string_view contents = bytes.substr(header, length);
  bytes.remove_prefix(header + length);
  return contents;
}

// Certificate ::= SEQUENCE { tbsCertificate SEQUENCE, signatureAlgorithm SEQUENCE, signature BIT
// STRING }
bool LooksLikeCertificate(std::string_view der) {
  std::optional<std::string_view> fields = TakeDer(der, kDerSequence);
  return fields.has_value() && der.empty() && TakeDer(*fields, kDerSequence).has_value() &&
         TakeDer(*fields, kDerSequence).has_value() &&
         TakeDer(*fields, kDerBitString).has_value() && fields->empty();
}

// What stands between the BEGIN line and the END line of `label`; `rest` goes on after it.
std::optional<std::string_view> TakeBlock(std::string_view& rest, std::string_view label) {
  const std::string end = absl::StrCat(base::kPemEnd, label, base::kPemDashes);
  const size_t at = rest.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view block = rest.substr(0, at);
  rest.remove_prefix(at + end.size());
  return block;
}

// Read here, and not by base::ParsePemBlock, since of bundles as people have them more is taken, as
// the chart takes it: a block ends wherever its own END line is, whatever stands before and after it
// in those lines. In its base64 nothing but line breaks is passed over.
absl::StatusOr<std::string> NormalizeBlock(std::string_view label, std::string_view& rest) {
  if (label != kLabel) {
    return absl::InvalidArgumentError("is not a CERTIFICATE but something else");
  }
  const std::optional<std::string_view> base64 = TakeBlock(rest, label);
  if (!base64.has_value()) return absl::InvalidArgumentError("has no END line");
  const absl::StatusOr<std::string> der = base::DecodeBase64(*base64, base::LineBreaks::kIgnored);
  if (!der.ok()) return base::Annotate("is not base64", der.status());
  if (!LooksLikeCertificate(*der)) {
    return absl::InvalidArgumentError("is not the DER encoding of a certificate");
  }
  return base::WritePemBlock(kLabel, *der);
}

std::string ReadSystemRoots() {
  const char* const named = std::getenv("SSL_CERT_FILE");
  return base::LoadFile(named != nullptr && *named != '\0' ? named : kDebianRoots).value_or("");
}

}  // namespace

absl::StatusOr<std::string> NormalizeCertificates(std::string_view pem) {
  std::string normalized;
  int count = 0;
  for (size_t at = pem.find(base::kPemBegin); at != std::string_view::npos;
       at = pem.find(base::kPemBegin)) {
    pem.remove_prefix(at + base::kPemBegin.size());
    const std::string position = absl::StrCat("PEM block ", ++count);
    const size_t dashes = pem.find(base::kPemDashes);
    if (dashes == std::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat(position, ": has no complete BEGIN line"));
    }
    const std::string_view label = pem.substr(0, dashes);
    pem.remove_prefix(dashes + base::kPemDashes.size());
    const absl::StatusOr<std::string> block = NormalizeBlock(label, pem);
    if (!block.ok()) return base::Annotate(position, block.status());
    normalized += *block;
  }
  if (count == 0) return absl::InvalidArgumentError("holds no PEM certificate");
  return normalized;
}

absl::StatusOr<std::string> BuildCaBundle(const std::vector<std::string>& extra_pem) {
  std::string bundle = ReadSystemRoots();
  for (size_t i = 0; i < extra_pem.size(); ++i) {
    const absl::StatusOr<std::string> extra = NormalizeCertificates(extra_pem[i]);
    if (!extra.ok()) {
      return base::Annotate(absl::StrCat("extra certificates ", i + 1), extra.status());
    }
    absl::StrAppend(&bundle, "\n", *extra);
  }
  return bundle;
}

}  // namespace countersign::http
