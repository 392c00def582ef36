#ifndef COUNTERSIGN_POLICY_MOVING_KYVERNO_SET_H_
#define COUNTERSIGN_POLICY_MOVING_KYVERNO_SET_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/json_place.h"
#include "policy/moving/kyverno_attestors.h"
#include "policy/moving/kyverno_parts.h"

namespace countersign::policy {

// An attestation that attestors must have made, in place of a signature.
struct KyvernoStatement {
  std::string type;
  std::vector<base::Json> conditions;  // of PolicyOptions, without an attestation's name
};

// The sets of attestors of some images, each of which must hold: what becomes of each.
//
// All entries of a set must hold, or as many as its `count` says. That is one policy with a threshold;
// where no policy can say that, a policy for each entry, all of which must hold: never less.
class KyvernoSets {
 public:
  KyvernoSets(KyvernoObject& moved, KyvernoScope scope, KyvernoDefaults defaults)
      : moved_(moved), scope_(std::move(scope)), defaults_(std::move(defaults)) {}

  // With that name, or names like it. Without a statement the images must be signed.
  void Move(const base::JsonPlace& set, const std::string& name,
            const KyvernoStatement* statement = nullptr);

  // One policy of these attestors, so many of which must pass, and whose annotations are the same.
  void Add(const std::string& name, const std::vector<KyvernoAttestor>& attestors, size_t threshold,
           const KyvernoStatement* statement = nullptr);

  const KyvernoScope& scope() const { return scope_; }
  KyvernoObject& moved() { return moved_; }

 private:
  KyvernoObject& moved_;
  KyvernoScope scope_;
  KyvernoDefaults defaults_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_KYVERNO_SET_H_
