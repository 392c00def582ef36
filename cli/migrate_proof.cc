#include "cli/migrate_proof.h"

#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "oci/image_reference.h"

namespace countersign::cli {
namespace {

struct Signers {
  std::string words;
  std::set<policy::KeyText> keys;
};

std::vector<Signers> SignersOf(const std::vector<ProofKey>& keys) {
  std::vector<Signers> all = {{"signed by nobody", {}}};
  Signers everybody = {"signed by all keys", {}};
  for (const ProofKey& key : keys) {
    all.push_back({absl::StrCat("signed by ", base::Quoted(key.name)), {key.text}});
    everybody.keys.insert(key.text);
  }
  if (keys.size() > 1) all.push_back(std::move(everybody));
  return all;
}

std::string_view Outcome(bool is_admitted) { return is_admitted ? "admitted" : "denied"; }

}  // namespace

absl::StatusOr<Proof> Prove(const std::vector<std::string>& images,
                            const std::vector<ProofKey>& keys, const policy::Evaluate& before,
                            const policy::Evaluate& now) {
  Proof proof;
  const std::vector<Signers> signers = SignersOf(keys);
  for (const std::string& text : images) {
    const absl::StatusOr<oci::ImageReference> image = oci::ImageReference::Parse(text);
    if (!image.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(base::Quoted(text), ": ", image.status().message()));
    }
    for (const Signers& who : signers) {
      const bool was = before(*image, who.keys);
      const bool is = now(*image, who.keys);
      ++proof.decisions;
      if (was == is) continue;
      proof.differences.push_back(absl::StrCat(base::Printable(text), " ", who.words, ": ",
                                               Outcome(was), " before, ", Outcome(is), " now"));
    }
  }
  return proof;
}

}  // namespace countersign::cli
