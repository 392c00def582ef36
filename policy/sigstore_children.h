#ifndef COUNTERSIGN_POLICY_SIGSTORE_CHILDREN_H_
#define COUNTERSIGN_POLICY_SIGSTORE_CHILDREN_H_

#include <string>
#include <string_view>
#include <vector>

#include "policy/demand.h"
#include "policy/examination.h"
#include "policy/policy.h"
#include "policy/requirement.h"

namespace countersign::policy {

// What is said of the manifests that an image's index lists, where policies ask about them
// (Terms::platforms). Printable and short. Pure.

// Why a policy does not hold by them, naming the first that lack what it asks, with their digests and
// platforms; "": they are not what it lacks. `repository` is the image's, printable.
std::string WhyNotByChildren(const Requirement& requirement, const Selected& selected,
                             const Examination& examination, std::string_view repository);

// What was found of them, a sentence of our own with a space before it, as far as one of these policies
// asks; "": nothing.
std::string WhatWasFoundOfChildren(const Requirement& requirement, const Examination& examination,
                                   const std::vector<const Policy*>& failing);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_CHILDREN_H_
