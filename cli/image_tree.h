#ifndef COUNTERSIGN_CLI_IMAGE_TREE_H_
#define COUNTERSIGN_CLI_IMAGE_TREE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace countersign::cli {

// What hangs on an image in its repository, and where somebody says that more is kept, to be looked
// at: nothing of it decides anything. What others wrote in it is printable, and cut where it is long.

enum class PieceKind {
  kUnspecified = 0,  // what it is cannot be read
  kSignature,
  kAttestation,
  kOther,  // no evidence that is read here
};

// Whether a piece holds for the image.
enum class Standing {
  kUnspecified = 0,  // it is no evidence, or cannot be read
  kVerified,
  kRefused,
  kNotChecked,
};

// A layer of a manifest.
struct TreePiece {
  PieceKind kind = PieceKind::kUnspecified;
  // Of an attestation its predicate type; of what is no evidence, what is known of it ("SBOM").
  std::string type;
  std::string digest;      // of its blob; "": its descriptor cannot be read
  std::string media_type;  // as the manifest says

  // Whom it names, which is worth what `standing` says: the names in its certificate and who
  // vouches for them, or else a key.
  bool is_certified = false;
  std::vector<std::string> subjects;
  std::string issuer;
  std::string key_hint;

  Standing standing = Standing::kUnspecified;
  std::string reason;  // why it is not verified; "": it is, or there is nothing to verify
  // When it was signed, and as which entries of logs that is known, if it is verified.
  std::vector<absl::Time> times;
  std::vector<uint64_t> log_indexes;
};

struct TreeManifest {
  std::string digest;
  std::string artifact_type;  // as it says itself; may be empty
  std::string fault;          // why its layers cannot be read; "": they can
  std::vector<TreePiece> pieces;
  size_t more_pieces = 0;  // layers that are not looked at
};

enum class TreePlace {
  kUnspecified = 0,
  kSignatureTag,    // sha256-….sig
  kAttestationTag,  // sha256-….att
  kSbomTag,         // sha256-….sbom
  kReferrersApi,    // the registry lists it as referring to the image
  kReferrersTag,    // clients list it so, under the tag sha256-…
};

struct TreeBranch {
  TreePlace place = TreePlace::kUnspecified;
  std::string tag;                  // "": the place is none
  std::vector<std::string> faults;  // what of the place could not be read
  std::vector<TreeManifest> manifests;
};

// What hangs on it in a source that is asked for (policy/evidence_source.h).
struct TreeSource {
  std::string repository;
  std::string tag_prefix;            // of its tags; "": none
  std::string fault;                 // why nobody was let in; "": somebody was
  std::vector<TreeBranch> branches;  // without those where nothing is
};

struct ImageTree {
  std::string image;
  std::string repository;  // the image's
  std::string digest;
  std::vector<TreeBranch> branches;  // beside the image, without those where nothing is
  std::optional<TreeSource> source;  // nullopt: none is asked for but that
  // False: something could not be read that may be another time, or with other credentials.
  bool is_complete = true;
};

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_IMAGE_TREE_H_
