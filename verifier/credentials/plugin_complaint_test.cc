#include "verifier/credentials/plugin_complaint.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

TEST(FirstComplaint, IsTheFirstLineWithAnythingInIt) {
  EXPECT_EQ(FirstComplaint("\n  \n  no credentials found \nmore", {}), "no credentials found");
  EXPECT_EQ(FirstComplaint("", {}), "");
  EXPECT_EQ(FirstComplaint("\n\n", {}), "");
  EXPECT_EQ(FirstComplaint("a\r\nb", {}), "a");
}

TEST(FirstComplaint, LeavesOutTheSecretsItIsTold) {
  EXPECT_EQ(FirstComplaint("login with hunter2 failed", {"hunter2"}), "login with [...] failed");
  EXPECT_EQ(FirstComplaint("no such profile", {"", "no"}), "no such profile");
  EXPECT_EQ(FirstComplaint("key hunter2\nsecond line", {"hunter2\nsecond"}), "key [...] line");
  for (const std::vector<std::string>& secrets :
       {std::vector<std::string>{"hunter", "hunter2"}, {"hunter2", "hunter"}}) {
    EXPECT_EQ(FirstComplaint("neither hunter2 nor hunter", secrets), "neither [...] nor [...]");
  }
}

TEST(FirstComplaint, LeavesOutWhatLooksLikeASecret) {
  EXPECT_EQ(FirstComplaint("denied for key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY of me", {}),
            "denied for key [...] of me");
  EXPECT_EQ(
      FirstComplaint("Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJhYmNkZWZnaDEyMzQ1Njc4"
                     "OSJ9, x",
                     {}),
      "Bearer [...].[...], x");
  EXPECT_EQ(FirstComplaint("dial tcp 169.254.169.254:80: connect: connection refused", {}),
            "dial tcp 169.254.169.254:80: connect: connection refused");
  EXPECT_EQ(FirstComplaint("lookup api.ecr.us-east-1.amazonaws.com: no such host", {}),
            "lookup api.ecr.us-east-1.amazonaws.com: no such host");
}

TEST(FirstComplaint, IsPrintableAndShort) {
  EXPECT_EQ(FirstComplaint("\x1b[31mred", {}), "\\x1b[31mred");
  EXPECT_LE(FirstComplaint(std::string(5000, '!'), {}).size(), 203u);
}

}  // namespace
}  // namespace countersign::verifier
