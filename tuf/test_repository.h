#ifndef COUNTERSIGN_TUF_TEST_REPOSITORY_H_
#define COUNTERSIGN_TUF_TEST_REPOSITORY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "base/json.h"
#include "crypto/test_key.h"
#include "tuf/failure.h"
#include "tuf/update.h"

namespace countersign::tuf {

// A key pair that signs metadata. Copies share it.
class TestSigner {
 public:
  // P-256, Ed25519 or RSA. `more` are members of its key object besides.
  explicit TestSigner(crypto::TestKeyType type = crypto::TestKeyType::kEcdsaP256,
                      const base::Json& more = base::Json::object());

  // The same key under another id, by other members.
  TestSigner With(const base::Json& more) const;

  const base::Json& object() const { return object_; }
  const std::string& id() const { return id_; }
  // {"keyid": …, "sig": …} over the canonical JSON of `contents`.
  base::Json Sign(const base::Json& contents) const;

 private:
  crypto::TestKey key_;
  base::Json object_;
  std::string id_;
};

using TestSigners = std::vector<TestSigner>;

// A metadata file with these contents, in JSON that is not canonical.
std::string SignMetadata(const base::Json& contents, const TestSigners& signers);

struct TestRole {
  TestSigners signers;
  int threshold = 1;
};

// At which time the repository lives: what it makes holds a week from then, roots a year.
absl::Time TestNow();

// A TUF repository in memory, as Sigstore's is: three keys for root and targets, of which two must
// sign, and one for timestamps and snapshots. Begins with version 1 of everything, published.
class TestRepository {
 public:
  TestRepository();

  // What the next publications are made of; tests change it.
  TestRole root, timestamp, snapshot, targets;
  bool consistent_snapshot = true;
  bool names_lengths_and_hashes = true;  // in timestamps and snapshots
  absl::Time now = TestNow();
  std::string target = R"({"mediaType": "a trusted root"})";
  // What is done to the contents before they are signed.
  using Edit = std::function<void(base::Json& contents)>;
  Edit edit_root, edit_timestamp, edit_snapshot, edit_targets;

  // Publishes the next version, a root signed by those who may sign the one before it too.
  void PublishRoot();
  void PublishTimestamp();
  // Those after what they are about.
  void PublishSnapshot();
  void PublishTargets();
  // All but the root.
  void PublishAll();

  // What the mirror has, by path.
  std::map<std::string, std::string> files;

  std::string RootFile(int version) const;
  // A state of somebody who has that root and nothing else.
  TrustedState StateWithRoot(int version = 1) const;
  // A state of somebody who is up to date.
  TrustedState UpToDate() const;

 private:
  base::Json Head(std::string_view type, int version, absl::Duration lasts) const;
  base::Json InfoOf(std::string_view bytes, int version) const;
  void PutMetadata(std::string_view name, int version, std::string bytes);

  int root_version_ = 0, timestamp_version_ = 0, snapshot_version_ = 0, targets_version_ = 0;
  TestSigners root_signers_before_;
  std::string snapshot_bytes_, targets_bytes_, timestamp_bytes_;
};

// What became of an update, and which files it wanted, in order.
struct UpdateRun {
  std::vector<std::string> wanted;
  std::variant<Failure, Done> end;

  // kUnspecified if it did not fail.
  Reason reason() const;
  std::string sentence() const;
};

// Updates the state from what a mirror has, keeping what is to be kept, also if it fails.
UpdateRun RunUpdate(const std::map<std::string, std::string>& files, TrustedState& state,
                    absl::Time now = TestNow(), const TargetNames& names = {});

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_TEST_REPOSITORY_H_
