#ifndef COUNTERSIGN_CLI_EXPLANATION_TEXT_H_
#define COUNTERSIGN_CLI_EXPLANATION_TEXT_H_

#include <string>

#include "oci/image_reference.h"
#include "policy/demand.h"
#include "policy/explanation.h"

namespace countersign::cli {

// For a person, what matters most first (docs/explain.md has an example): what becomes of the image; what
// must hold, a part for each clause, with who can satisfy it; where evidence is looked for; policies that
// select it and ask nothing; those that nearly select it; its names. Ends with a newline. What others
// wrote is printable, and cut.
std::string WriteText(const policy::Explanation& explanation, const policy::Workload& workload,
                      const oci::ImageReference& image);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_EXPLANATION_TEXT_H_
