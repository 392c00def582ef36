// Checkpoints of any bytes: what is read can be written and read again, and is the same; what the
// logs below have signed holds for no other text.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cosign/checkpoint.h"
#include "crypto/public_key.h"

namespace countersign::cosign {
namespace {

// Of the logs in the corpus, which OpenSSL made.
constexpr std::string_view kRekor1Key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWbGs4tQdQODZqTsoSqFsbCwnQ25D\n"
    "Zfgs7haetVJZimrFy0vqvnxEkAqlwTD3P+7EPs/6uCDQgdwtjWwGE3LBjA==\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kRekor2Key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAw0VSZoSxexFy1Id1IAyLsuNh9YnA0A+nF0VAbrYmofY=\n"
    "-----END PUBLIC KEY-----\n";

std::string Write(const Checkpoint& checkpoint) {
  std::string envelope = absl::StrCat(checkpoint.text, "\n");
  for (const Checkpoint::Line& line : checkpoint.lines) {
    const std::string bytes =
        absl::StrCat(std::string(line.key_id.begin(), line.key_id.end()), line.signature);
    absl::StrAppend(&envelope, "— ", line.name, " ", absl::Base64Escape(bytes), "\n");
  }
  return envelope;
}

bool AreSame(const Checkpoint::Line& a, const Checkpoint::Line& b) {
  return a.name == b.name && a.key_id == b.key_id && a.signature == b.signature;
}

void CheckVerified(Checkpoint checkpoint, const crypto::PublicKey& key, LogGeneration generation) {
  const std::string names[] = {"log2025.example.org"};
  if (!VerifyCheckpoint(checkpoint, key, generation, names)) return;
  checkpoint.text += "more\n";
  if (VerifyCheckpoint(checkpoint, key, generation, names)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const rekor1 =
      new crypto::PublicKey(crypto::PublicKey::FromPem(kRekor1Key).value());
  static const auto* const rekor2 =
      new crypto::PublicKey(crypto::PublicKey::FromPem(kRekor2Key).value());
  const std::string_view envelope(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(envelope);
  if (!checkpoint.ok()) return 0;
  if (!absl::StartsWith(envelope, checkpoint->text)) std::abort();
  if (!absl::StartsWith(checkpoint->text,
                        absl::StrCat(checkpoint->origin, "\n", checkpoint->tree_size, "\n"))) {
    std::abort();
  }
  const absl::StatusOr<Checkpoint> again = ParseCheckpoint(Write(*checkpoint));
  if (!again.ok() || again->text != checkpoint->text || again->root != checkpoint->root ||
      again->lines.size() != checkpoint->lines.size()) {
    std::abort();
  }
  for (size_t i = 0; i < again->lines.size(); ++i) {
    if (!AreSame(again->lines[i], checkpoint->lines[i])) std::abort();
  }
  CheckVerified(*checkpoint, *rekor1, LogGeneration::kRekor1);
  CheckVerified(*checkpoint, *rekor2, LogGeneration::kRekor2);
  return 0;
}

}  // namespace countersign::cosign
