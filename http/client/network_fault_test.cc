#include "http/client/network_fault.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace countersign::http {
namespace {

TEST(NetworkFault, AMarkIsReadAsItWasMadeAndChangesNothingElse) {
  const absl::Status error = absl::UnavailableError("reg.example refused the connection");
  EXPECT_EQ(NetworkFaultOf(error), NetworkFault::kNone);
  for (const NetworkFault fault : {NetworkFault::kNone, NetworkFault::kNotConnected,
                                   NetworkFault::kNoTls, NetworkFault::kSilent}) {
    const absl::Status marked = MarkFault(error, fault);
    EXPECT_EQ(NetworkFaultOf(marked), fault);
    EXPECT_EQ(marked.code(), error.code());
    EXPECT_EQ(marked.message(), error.message());
  }
}

TEST(NetworkFault, WhatIsNoErrorHasNone) {
  EXPECT_EQ(NetworkFaultOf(MarkFault(absl::OkStatus(), NetworkFault::kSilent)),
            NetworkFault::kNone);
}

}  // namespace
}  // namespace countersign::http
