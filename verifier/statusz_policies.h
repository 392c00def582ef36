#ifndef COUNTERSIGN_VERIFIER_STATUSZ_POLICIES_H_
#define COUNTERSIGN_VERIFIER_STATUSZ_POLICIES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "http/server/html_page.h"
#include "policy/policies.h"

namespace countersign::verifier {

// The first `max` of the policies, a row each: language, name, images, what it asks for, and what
// becomes of an image that does not have it. Pure.
http::HtmlTable PolicyTable(const policy::Policies& policies, size_t max);

// What of them cannot be used, the first `max`, a sentence each. Pure.
std::vector<std::string> PolicyProblems(const policy::Policies& policies, size_t max);

// How much the objects say cannot be used, in all.
size_t CountProblems(const policy::Policies& policies);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_STATUSZ_POLICIES_H_
