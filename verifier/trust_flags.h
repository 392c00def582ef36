#ifndef COUNTERSIGN_VERIFIER_TRUST_FLAGS_H_
#define COUNTERSIGN_VERIFIER_TRUST_FLAGS_H_

#include "CLI/CLI.hpp"
#include "verifier/trust/trust_keeper.h"

namespace countersign::verifier {

// Adds the flags that fill `options`, where the trusted root comes from and how old it may be, to
// `app`. They must outlive the parsing.
void AddTrustFlags(CLI::App* app, TrustKeeper::Options* options);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_TRUST_FLAGS_H_
