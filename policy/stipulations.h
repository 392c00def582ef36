#ifndef COUNTERSIGN_POLICY_STIPULATIONS_H_
#define COUNTERSIGN_POLICY_STIPULATIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cosign/item.h"
#include "oci/digest.h"
#include "policy/rules/annotations.h"
#include "policy/rules/condition.h"

namespace countersign::policy {

// What a piece of evidence must say, besides that its signer signed it and that it is about the image.
struct Stipulations {
  // What the signature must be over, exactly: members of a payload's `optional`, or annotations of the
  // subject of a statement that is the image.
  Annotations annotations;
  // What must hold in its statement, as FindUnmet reads it.
  std::vector<Condition> conditions;

  bool IsEmpty() const { return annotations.empty() && conditions.empty(); }

  // In words of no language: equal for what is equal alone.
  std::string Text() const;
};

// Why an item that has been verified for the image (cosign::Verify) is not accepted all the same: a
// sentence about it, printable and short, with the first three conditions that do not hold; nullopt: it
// is. It says nothing about items that have not been verified. What is remembered of an item must not
// hold this: `now` is the moment of the request. Pure.
std::optional<std::string> WhyUnmet(const Stipulations& stipulations, const cosign::Item& item,
                                    const oci::Digest& image, absl::Time now);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_STIPULATIONS_H_
