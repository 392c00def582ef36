#ifndef COUNTERSIGN_VERIFIER_ASSEMBLY_FLAGS_H_
#define COUNTERSIGN_VERIFIER_ASSEMBLY_FLAGS_H_

#include "CLI/CLI.hpp"
#include "verifier/verifier_assembly.h"

namespace countersign::verifier {

// Adds the flags that fill `options` to `app`: the same for the server and for the command.
// `options` must outlive the parsing.
void AddAssemblyFlags(CLI::App* app, VerifierAssembly::Options* options);

// Adds what is for the server alone, and makes its default that of `options`: whoever asks once remembers no
// tag.
void AddTagMemoryFlag(CLI::App* app, VerifierAssembly::Options* options);

// Likewise, of what was verified before, where registries cannot be reached.
void AddStaleEvidenceFlag(CLI::App* app, VerifierAssembly::Options* options);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_ASSEMBLY_FLAGS_H_
