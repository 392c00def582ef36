#ifndef COUNTERSIGN_VERIFIER_ENGINE_FLAGS_H_
#define COUNTERSIGN_VERIFIER_ENGINE_FLAGS_H_

#include "CLI/CLI.hpp"
#include "verifier/engine.h"

namespace countersign::verifier {

// Adds the flags that fill `options` to `app`: the same for the server and for the command.
// `options` must outlive the parsing.
void AddEngineFlags(CLI::App* app, EngineOptions* options);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_ENGINE_FLAGS_H_
