#ifndef COUNTERSIGN_COSIGN_TEST_LOG_H_
#define COUNTERSIGN_COSIGN_TEST_LOG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cosign/checkpoint.h"
#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"
#include "cosign/trusted_root.h"
#include "crypto/certificate.h"
#include "crypto/message.h"
#include "crypto/public_key.h"
#include "crypto/sha256.h"
#include "crypto/signature_scheme.h"
#include "crypto/test_key.h"

namespace countersign::cosign {

// A signature made in memory, for tests only, and what a LoggedSignature views; a test may change
// all of it. A message's text is also the payload here, so that only `content` keeps kinds of
// entries apart.
struct TestLoggedSignature {
  explicit TestLoggedSignature(LoggedSignature::Content content,
                               const crypto::TestKey& signer = crypto::TestKey::Generate(),
                               crypto::TestScheme scheme = crypto::TestScheme::kDefault);

  // Makes a certificate of the key, by which it is logged.
  void Certify();
  LoggedSignature View() const;

  LoggedSignature::Content content;
  crypto::TestKey test_key;
  crypto::PublicKey key;
  std::optional<crypto::Certificate> certificate;
  std::string payload_type;
  std::string payload = "what is signed";
  crypto::Message signed_bytes;
  std::string signature;
  crypto::SignatureScheme scheme;
};

// The body that Rekor writes for a signature (RFC 8785 JSON), of the kinds that
// cosign/log_body.h knows, whether they are made for such a signature or not.
std::string TestLogBody(std::string_view kind, std::string_view version,
                        const LoggedSignature& signature);

// A transparency log in memory, for tests only: Rekor 1 or 2, with a key and a tree of its own, in
// which there are some entries already. A log of Rekor 1 has an ECDSA key, and its tree is not its
// first.
class TestLog {
 public:
  explicit TestLog(LogGeneration generation,
                   crypto::TestKeyType type = crypto::TestKeyType::kEcdsaP256);

  // Appends an entry; gives what the log gives for it: a proof in the tree that ends with it, and
  // if it is Rekor 1 a promise at `time`.
  LogEntry Log(std::string kind, std::string version, std::string body, absl::Time time);

  // From the epoch on.
  TrustedLog trusted() const;

  const crypto::TestKey& key() const { return key_; }

  // For what the log would never sign, too:

  // The promise for the entry as it is.
  std::string Promise(const LogEntry& entry) const;
  // The text of a checkpoint, ended by a line feed; and such a text with the log's signature.
  std::string CheckpointText(uint64_t tree_size, const crypto::Sha256Digest& root) const;
  std::string SignedCheckpoint(std::string_view text) const;

 private:
  crypto::TestScheme CheckpointScheme() const;

  LogGeneration generation_;
  crypto::TestKey key_;
  std::vector<crypto::Sha256Digest> leaves_;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_TEST_LOG_H_
