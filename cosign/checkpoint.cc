#include "cosign/checkpoint.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/base64.h"
#include "base/status_macros.h"
#include "base/utf8.h"
#include "crypto/check_switch.h"
#include "crypto/key_algorithm.h"
#include "crypto/message.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {
namespace {

using crypto::KeyAlgorithm;
using crypto::PublicKey;
using crypto::Sha256Digest;
using crypto::SignatureScheme;
using Line = Checkpoint::Line;

constexpr std::string_view kDash = "— ";
constexpr uint64_t kMaxTreeSize = std::numeric_limits<int64_t>::max();
constexpr size_t kKeyIdBytes = std::tuple_size_v<decltype(Line::key_id)>;

// Signature types of signed-note, before the key that follows. 0xff is for those without a number.
constexpr std::string_view kEd25519Type = "\n\x01";
constexpr std::string_view kRsaType = "\n\xffPKIX-RSA-PKCS#1v1.5";
constexpr size_t kEd25519KeyBytes = 32;

absl::Status Malformed(std::string_view what) { return absl::InvalidArgumentError(what); }

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         absl::c_all_of(text, [](char c) { return absl::ascii_isdigit(static_cast<uint8_t>(c)); });
}

bool IsControl(char c) { return static_cast<uint8_t>(c) < 0x20 && c != '\n'; }

absl::StatusOr<uint64_t> ParseTreeSize(std::string_view text) {
  uint64_t size = 0;
  if (!IsDigits(text) || (text.size() > 1 && text.front() == '0') ||
      !absl::SimpleAtoi(text, &size) || size > kMaxTreeSize) {
    return Malformed("its tree size is no number");
  }
  return size;
}

absl::StatusOr<Sha256Digest> ParseRoot(std::string_view text) {
  Sha256Digest root;
  const absl::StatusOr<std::string> bytes = base::DecodeBase64(text);
  if (!bytes.ok() || bytes->size() != root.size()) {
    return Malformed("its root hash is no SHA-256 in base64");
  }
  absl::c_copy(*bytes, root.begin());
  return root;
}

// `text` ends in a line feed.
absl::Status ParseText(std::string_view text, Checkpoint& checkpoint) {
  const std::vector<std::string_view> lines = absl::StrSplit(absl::StripSuffix(text, "\n"), '\n');
  if (lines.size() < 3) return Malformed("its text has less than three lines");
  if (absl::c_linear_search(lines, "")) return Malformed("a line of its text is empty");
  checkpoint.origin = std::string(lines[0]);
  CS_ASSIGN_OR_RETURN(checkpoint.tree_size, ParseTreeSize(lines[1]));
  CS_ASSIGN_OR_RETURN(checkpoint.root, ParseRoot(lines[2]));
  checkpoint.text = std::string(text);
  return absl::OkStatus();
}

absl::StatusOr<Line> ParseLine(std::string_view text) {
  if (!text.starts_with(kDash)) {
    return Malformed("it does not begin with an em dash and a space");
  }
  text.remove_prefix(kDash.size());
  const size_t space = text.find(' ');
  if (space == 0 || space == std::string_view::npos) return Malformed("no name is in it");
  const absl::StatusOr<std::string> bytes = base::DecodeBase64(text.substr(space + 1));
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() <= kKeyIdBytes) return Malformed("no signature follows its key id");
  Line line;
  line.name = std::string(text.substr(0, space));
  std::copy_n(bytes->begin(), kKeyIdBytes, line.key_id.begin());
  line.signature = bytes->substr(kKeyIdBytes);
  return line;
}

// `text` ends in a line feed.
absl::StatusOr<std::vector<Line>> ParseLines(std::string_view text) {
  const std::vector<std::string_view> texts = absl::StrSplit(absl::StripSuffix(text, "\n"), '\n');
  if (texts.size() > kMaxCheckpointLines) {
    return Malformed(absl::StrCat("it has more than ", kMaxCheckpointLines, " signature lines"));
  }
  std::vector<Line> lines;
  for (const std::string_view line_text : texts) {
    absl::StatusOr<Line> line = ParseLine(line_text);
    if (!line.ok()) {
      return Malformed(
          absl::StrCat("signature line ", lines.size() + 1, ": ", line.status().message()));
    }
    lines.push_back(*std::move(line));
  }
  return lines;
}

// Rekor 1 writes its host name and the number of its tree (rekor, pkg/util/checkpoint.go).
bool IsRekor1Origin(std::string_view origin) {
  constexpr std::string_view kBetween = " - ";
  const size_t between = origin.rfind(kBetween);
  return between != std::string_view::npos && IsDigits(origin.substr(between + kBetween.size()));
}

SignatureScheme SchemeOf(KeyAlgorithm algorithm, LogGeneration generation) {
  switch (algorithm) {
    case KeyAlgorithm::kRsa:
      return SignatureScheme::kRsaPkcs1Sha256;
    case KeyAlgorithm::kEd25519:
      return SignatureScheme::kEd25519;
    case KeyAlgorithm::kEcdsaP384:
      if (generation == LogGeneration::kRekor2) return SignatureScheme::kEcdsaSha384;
      break;
    case KeyAlgorithm::kEcdsaP521:
      if (generation == LogGeneration::kRekor2) return SignatureScheme::kEcdsaSha512;
      break;
    case KeyAlgorithm::kEcdsaP256:
      break;
  }
  return SignatureScheme::kEcdsaSha256;
}

// Which lines are a log's.
struct Log {
  const PublicKey& key;
  LogGeneration generation;
  absl::Span<const std::string> names;

  bool HasOrigin(std::string_view origin) const {
    switch (generation) {
      case LogGeneration::kRekor1:
        return IsRekor1Origin(origin);
      case LogGeneration::kRekor2:
        return absl::c_linear_search(names, origin);
      case LogGeneration::kUnspecified:
        break;
    }
    return false;
  }

  bool HasLine(const Line& line) const {
    if (generation == LogGeneration::kRekor2 && !absl::c_linear_search(names, line.name)) {
      return false;
    }
    if (crypto::IsOff(crypto::Check::kCheckpointHasKeyId)) return true;
    const Sha256Digest id = LogKeyId(key, generation, line.name);
    return std::equal(line.key_id.begin(), line.key_id.end(), id.begin());
  }
};

}  // namespace

absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view envelope) {
  if (envelope.size() > kMaxCheckpointBytes) {
    return Malformed(absl::StrCat("it has more than ", kMaxCheckpointBytes, " bytes"));
  }
  if (!base::IsUtf8(envelope)) return Malformed("it is no UTF-8");
  if (absl::c_any_of(envelope, IsControl)) return Malformed("it holds a control character");
  if (!envelope.ends_with('\n')) return Malformed("its last line is not ended");
  const size_t text_end = envelope.rfind("\n\n");
  const bool has_lines = text_end != std::string_view::npos && text_end + 2 < envelope.size();
  if (!has_lines && !crypto::IsOff(crypto::Check::kCheckpointIsSigned)) {
    return Malformed("no signature line follows an empty line");
  }
  Checkpoint checkpoint;
  CS_RETURN_IF_ERROR(ParseText(envelope.substr(0, text_end + 1), checkpoint));
  if (has_lines) {
    CS_ASSIGN_OR_RETURN(checkpoint.lines, ParseLines(envelope.substr(text_end + 2)));
  }
  return checkpoint;
}

Sha256Digest LogKeyId(const PublicKey& key, LogGeneration generation, std::string_view name) {
  const std::string_view der = key.der();
  if (generation == LogGeneration::kRekor2 && key.algorithm() == KeyAlgorithm::kEd25519) {
    // The key is all that follows the algorithm (RFC 8410 section 4).
    return crypto::Sha256(
        absl::StrCat(name, kEd25519Type, der.substr(der.size() - kEd25519KeyBytes)));
  }
  if (generation == LogGeneration::kRekor2 && key.algorithm() == KeyAlgorithm::kRsa) {
    return crypto::Sha256(absl::StrCat(name, kRsaType, der));
  }
  return crypto::Sha256(der);
}

bool VerifyCheckpoint(const Checkpoint& checkpoint, const PublicKey& log_key,
                      LogGeneration generation, absl::Span<const std::string> names) {
  const Log log = {log_key, generation, names};
  if (!log.HasOrigin(checkpoint.origin)) return false;
  const SignatureScheme scheme = SchemeOf(log_key.algorithm(), generation);
  const crypto::Message text(checkpoint.text);
  std::vector<std::string_view> verified;
  for (const Line& line : checkpoint.lines) {
    if (!log.HasLine(line) || absl::c_linear_search(verified, line.signature)) continue;
    if (!log_key.VerifyAs(scheme, text, line.signature, crypto::EcdsaEncoding::kDer) &&
        !crypto::IsOff(crypto::Check::kCheckpointSignatureHolds)) {
      return false;
    }
    verified.push_back(line.signature);
  }
  return !verified.empty() || crypto::IsOff(crypto::Check::kCheckpointIsSigned);
}

}  // namespace countersign::cosign
