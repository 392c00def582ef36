#ifndef COUNTERSIGN_COSIGN_PREDICATE_NAME_H_
#define COUNTERSIGN_COSIGN_PREDICATE_NAME_H_

#include <string>
#include <string_view>

namespace countersign::cosign {

// The type of predicates, a URI, that cosign's commands call by this short name ("slsaprovenance1");
// "": they have no such name.
std::string_view PredicateTypeNamed(std::string_view name);

// All short names, for people: "custom, cyclonedx, …".
std::string PredicateNames();

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_PREDICATE_NAME_H_
