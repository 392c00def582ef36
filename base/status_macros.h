#ifndef COUNTERSIGN_BASE_STATUS_MACROS_H_
#define COUNTERSIGN_BASE_STATUS_MACROS_H_

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace countersign::base {

// The same code with one phrase in front: Annotate("fetching the manifest", s) reads "fetching the
// manifest: …".
inline absl::Status Annotate(std::string_view phrase, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(phrase, ": ", status.message()));
}

}  // namespace countersign::base

// Returns the status of `expression` from the enclosing function unless it is OK.
#define CS_RETURN_IF_ERROR(expression)                              \
  do {                                                              \
    if (absl::Status cs_status_ = (expression); !cs_status_.ok()) { \
      return cs_status_;                                            \
    }                                                               \
  } while (false)

// Evaluates a StatusOr, and assigns its value to `declaration` or returns its status.
#define CS_ASSIGN_OR_RETURN(declaration, expression) \
  CS_ASSIGN_OR_RETURN_(CS_CONCAT_(cs_status_or_, __LINE__), declaration, expression)

#define CS_ASSIGN_OR_RETURN_(variable, declaration, expression) \
  auto variable = (expression);                                 \
  if (!variable.ok()) return std::move(variable).status();      \
  declaration = *std::move(variable)

#define CS_CONCAT_(a, b) CS_CONCAT_INNER_(a, b)
#define CS_CONCAT_INNER_(a, b) a##b

#endif  // COUNTERSIGN_BASE_STATUS_MACROS_H_
