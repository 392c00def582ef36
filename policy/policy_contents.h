#ifndef COUNTERSIGN_POLICY_POLICY_CONTENTS_H_
#define COUNTERSIGN_POLICY_POLICY_CONTENTS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policy/policy.h"

namespace countersign::policy {

// Writes what decides of policies so that no two contents are written alike: each text with its length,
// each list with its count, each authority once.
class PolicyContents {
 public:
  // Of all that was added, 32 bytes.
  std::string Id() const;

  void Add(const Group& group);
  void Add(const Policy& policy);
  void Add(size_t number);
  void Add(std::string_view text);

 private:
  void Add(const AuthorityPtr& authority);
  void Add(const EvidenceSource& source);
  void Add(const WantedAttestation& attestation);
  void Add(const std::shared_ptr<const Stipulations>& accepts);
  void Add(const ImageGlob& glob) { Add(glob.text()); }
  void Add(const Broken& broken) { Add(broken.why); }
  void Add(const std::string& text) { Add(std::string_view(text)); }
  template <typename T>
  void Add(const std::vector<T>& list) {
    Add(list.size());
    for (const T& element : list) Add(element);
  }

  std::string bytes_;
  absl::flat_hash_map<const Authority*, size_t> authorities_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_POLICY_CONTENTS_H_
