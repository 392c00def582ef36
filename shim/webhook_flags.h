#ifndef COUNTERSIGN_SHIM_WEBHOOK_FLAGS_H_
#define COUNTERSIGN_SHIM_WEBHOOK_FLAGS_H_

#include "CLI/CLI.hpp"
#include "shim/webhook.h"

namespace countersign::shim {

// Adds the flags that fill `options` to `app`: the same for the server and for the command.
// `options` must outlive the parsing.
void AddWebhookFlags(CLI::App* app, Webhook::Options* options);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_WEBHOOK_FLAGS_H_
