#ifndef COUNTERSIGN_POLICY_MOVING_KYVERNO_PARTS_H_
#define COUNTERSIGN_POLICY_MOVING_KYVERNO_PARTS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "base/json.h"
#include "base/json_place.h"
#include "policy/moving/object_names.h"
#include "policy/moving/translation.h"
#include "policy/step_budget.h"

namespace countersign::policy {

// What the objects of one run have in common.
struct KyvernoRun {
  Target target = Target::kCountersign;
  StepBudget& steps;  // for names that show differences
  Translation result;
  ObjectNames names;
};

// The images that a policy of Kyverno's is about, and whether it denies or only tells.
struct KyvernoScope {
  std::vector<std::string> globs;
  bool is_enforced = false;
};

// What becomes of one object of Kyverno's: the policies so far, and what cannot be said of it.
class KyvernoObject {
 public:
  // `what` names the object, printable.
  KyvernoObject(std::string what, KyvernoRun& run) : what_(std::move(what)), run_(run) {}

  Target target() const { return run_.target; }

  // What stands there has no place in the new policies.
  void CannotSay(std::string_view pointer, std::string_view why, std::string witness = "");
  // Each member of the object here that is not one of the known. Whether there is none.
  bool CannotSayOthers(const base::JsonPlace& place, absl::Span<const std::string_view> known);
  // Globs that select at least what the pattern matches; what they select besides is said.
  std::vector<std::string> Globs(const base::JsonPlace& pattern);
  // One of the shortest names of images that they select; "" if none is found.
  std::string WitnessOf(const std::vector<std::string>& globs);

  // A ClusterImagePolicy with a name like that, and PolicyOptions if `options` are any. In place of one
  // that only PolicyOptions can say to whom knows none, that has no authorities, or that is refused
  // when it is applied, there is a denial, which is said.
  void AddPolicy(const std::string& name, const KyvernoScope& scope, base::Json authorities,
                 base::Json options = base::Json::object());
  // A ClusterImagePolicy that no image satisfies, as what stands there cannot be said, which is said,
  // in its message, too.
  void AddDenial(const std::string& name, const KyvernoScope& scope, std::string_view pointer,
                 std::string_view why);

 private:
  // The authorities of a denial.
  base::Json Denial(const KyvernoScope& scope, std::string_view pointer, std::string_view why);
  void Add(const std::string& name, const KyvernoScope& scope, base::Json authorities,
           base::Json options);

  std::string what_;
  KyvernoRun& run_;
};

// Elements of an array member that are objects; none if it is absent or something else.
std::vector<base::JsonPlace> ObjectsIn(const base::JsonPlace& place, std::string_view name);

// The member that is an object; nullopt if it is absent or something else.
std::optional<base::JsonPlace> ObjectIn(const base::JsonPlace& place, std::string_view name);

// Whether something is there under that name that is neither null nor empty.
bool HasAny(const base::JsonPlace& place, std::string_view name);

// {issuer or issuerRegExp, subject or subjectRegExp} of a keyless identity, with the names that they
// have in both; wildcards become expressions. Null if it has both of a kind, which must both hold.
base::Json KeylessIdentity(const base::JsonPlace& identity);

// The `key` of an authority for a reference in place of a key: a Secret (k8s://namespace/name) or the
// URI of a key management service; null if it is neither.
base::Json KeyReference(std::string_view text);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_KYVERNO_PARTS_H_
