#ifndef COUNTERSIGN_POLICY_MOVING_KYVERNO_PARTS_H_
#define COUNTERSIGN_POLICY_MOVING_KYVERNO_PARTS_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/json_place.h"
#include "policy/moving/translation.h"

namespace countersign::policy {

// What becomes of one object of Kyverno's: the policies so far, and what cannot be said of it.
class KyvernoObject {
 public:
  // `what` names the object, printable.
  KyvernoObject(std::string what, Translation& result) : what_(std::move(what)), result_(result) {}

  // What stands there has no place in the new policies.
  void CannotSay(std::string_view pointer, std::string_view why);
  // Each member of the object here that is not one of the known.
  void CannotSayOthers(const base::JsonPlace& place, std::initializer_list<std::string_view> known);
  // A glob of Kyverno's, where `*` crosses slashes; nullopt, and said, if there is none like it.
  std::optional<std::string> Glob(const base::JsonPlace& pattern);

  // A ClusterImagePolicy, and PolicyOptions if `options` are any. Without authorities, nothing that it
  // selects is admitted.
  void AddPolicy(const std::string& name, const std::vector<std::string>& globs,
                 base::Json authorities, bool is_enforced, base::Json options);

 private:
  std::string what_;
  Translation& result_;
};

// Elements of an array member that are objects; none if it is absent or something else.
std::vector<base::JsonPlace> ObjectsIn(const base::JsonPlace& place, std::string_view name);

// The member that is an object; nullopt if it is absent or something else.
std::optional<base::JsonPlace> ObjectIn(const base::JsonPlace& place, std::string_view name);

// {issuer or issuerRegExp, subject or subjectRegExp} of a keyless identity, with the names that they
// have in both; wildcards become expressions.
base::Json KeylessIdentity(const base::JsonPlace& identity);

// The `key` of an authority for a reference in place of a key: a Secret (k8s://namespace/name) or the
// URI of a key management service; null if it is neither.
base::Json KeyReference(std::string_view text);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_KYVERNO_PARTS_H_
