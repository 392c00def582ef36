#ifndef COUNTERSIGN_SHIM_WEBHOOK_FLAGS_H_
#define COUNTERSIGN_SHIM_WEBHOOK_FLAGS_H_

#include "CLI/CLI.hpp"
#include "shim/decision.h"

namespace countersign::shim {

// Adds the flags that fill `rules` to `app`: the same for the server and for the command. `rules` must
// outlive the parsing.
void AddWebhookFlags(CLI::App* app, AdmissionRules* rules);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_WEBHOOK_FLAGS_H_
