#ifndef COUNTERSIGN_COSIGN_CHECKPOINT_FIXTURE_H_
#define COUNTERSIGN_COSIGN_CHECKPOINT_FIXTURE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "cosign/checkpoint.h"
#include "crypto/public_key.h"
#include "crypto/sha256.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {

// Checkpoints as logs write them, and logs that sign them.

inline constexpr LogGeneration kRekor1 = LogGeneration::kRekor1;
inline constexpr LogGeneration kRekor2 = LogGeneration::kRekor2;

inline constexpr std::string_view kOrigin = "log.example.org";
inline constexpr std::string_view kRekor1Origin = "log.example.org - 3904496407287907110";
inline constexpr std::string_view kRoot = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

inline std::string CheckpointText(std::string_view origin) {
  return absl::StrCat(origin, "\n7\n", kRoot, "\n");
}

inline std::string SignatureLine(std::string_view name, std::string_view key_id,
                                 std::string_view signature) {
  return absl::StrCat("— ", name, " ",
                      absl::Base64Escape(absl::StrCat(key_id.substr(0, 4), signature)), "\n");
}

// Whether this is a checkpoint that the log with the key has signed.
inline bool Verifies(std::string_view envelope, const crypto::PublicKey& key,
                     LogGeneration generation, const std::vector<std::string>& names = {}) {
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(envelope);
  EXPECT_THAT(checkpoint, base::IsOk());
  return checkpoint.ok() && VerifyCheckpoint(*checkpoint, key, generation, names);
}

// Who signs checkpoints.
struct CheckpointSigner {
  crypto::TestKey key;
  LogGeneration generation = kRekor2;
  crypto::TestScheme scheme = crypto::TestScheme::kDefault;
  std::string name = std::string(kOrigin);

  std::string KeyId() const {
    const crypto::Sha256Digest id = LogKeyId(key.Public(), generation, name);
    return std::string(id.begin(), id.end());
  }
  std::string Sign(std::string_view text) const {
    return SignatureLine(name, KeyId(), key.Sign(text, scheme));
  }
  // A line whose signature is over another text.
  std::string SignOther() const {
    return SignatureLine(name, KeyId(), key.Sign("another", scheme));
  }
  std::string Text() const {
    return CheckpointText(generation == kRekor1 ? kRekor1Origin : kOrigin);
  }
  std::string Envelope(std::string_view lines) const { return absl::StrCat(Text(), "\n", lines); }
  bool Holds(std::string_view lines) const {
    return Verifies(Envelope(lines), key.Public(), generation, {std::string(kOrigin)});
  }
};

inline CheckpointSigner Ed25519Log() {
  return {crypto::TestKey::Generate(crypto::TestKeyType::kEd25519), kRekor2,
          crypto::TestScheme::kPureEd25519};
}

// The line of a witness (C2SP tlog-cosignature): a time, and a signature over it and the text.
inline std::string WitnessLine(std::string_view text) {
  constexpr std::string_view kName = "witness.example";
  constexpr int kTime = 1'760'000'000;
  const crypto::TestKey key = crypto::TestKey::Generate(crypto::TestKeyType::kEd25519);
  const std::string der = key.PublicDer();
  const crypto::Sha256Digest id =
      crypto::Sha256(absl::StrCat(kName, "\n\x04", der.substr(der.size() - 32)));
  std::string time(8, '\0');
  for (int i = 0; i < 4; ++i) time[7 - i] = static_cast<char>((kTime >> (8 * i)) & 0xff);
  const std::string signature = key.Sign(absl::StrCat("cosignature/v1\ntime ", kTime, "\n", text),
                                         crypto::TestScheme::kPureEd25519);
  return SignatureLine(kName, std::string(id.begin(), id.end()), absl::StrCat(time, signature));
}

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_CHECKPOINT_FIXTURE_H_
