#ifndef COUNTERSIGN_KUBE_CLIENT_COUNTING_PLUGIN_H_
#define COUNTERSIGN_KUBE_CLIENT_COUNTING_PLUGIN_H_

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kube/client/cluster_config.h"

namespace countersign::kube {

// A plugin for tests, in their own directory: its tokens are the number of its runs, and hold until
// `expiry`. Each call begins to count anew.
inline ExecPlugin MakeCountingPlugin(absl::Time expiry = absl::InfiniteFuture()) {
  const std::string count = absl::StrCat(testing::TempDir(), "/count");
  std::remove(count.c_str());
  std::string until;
  if (expiry != absl::InfiniteFuture()) {
    until = absl::StrCat(R"(,"expirationTimestamp":")",
                         absl::FormatTime(absl::RFC3339_sec, expiry, absl::UTCTimeZone()), "\"");
  }
  const std::string plugin = absl::StrCat(testing::TempDir(), "/counting-plugin");
  std::ofstream(plugin) << "#!/bin/sh\necho x >>" << count << "\n"
                        << R"(echo '{"apiVersion":"client.authentication.k8s.io/v1",)"
                        << R"("kind":"ExecCredential","status":{"token":"'$(wc -l <)" << count
                        << R"()'")" << until << "}}'\n";
  chmod(plugin.c_str(), 0755);
  return {.api_version = "client.authentication.k8s.io/v1", .command = plugin};
}

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_COUNTING_PLUGIN_H_
