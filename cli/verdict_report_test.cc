#include "cli/verdict_report.h"

#include <string>

#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class VerdictReport : public testing::Test {
 protected:
  VerdictReport() {
    request_.add_images()->set_reference("registry.example.org/good:1");
    request_.add_images()->set_reference("registry.example.org/bad:1");
    v1::Verdict* good = response_.add_verdicts();
    good->set_reference("registry.example.org/good:1");
    good->set_decision(v1::DECISION_ALLOW);
    good->set_reason(v1::REASON_VERIFIED);
    good->set_digest("sha256:abc");
    good->add_keys("release");
    good->add_patterns("registry.example.org/*");
    v1::Verdict* bad = response_.add_verdicts();
    bad->set_reference("registry.example.org/bad:1");
    bad->set_decision(v1::DECISION_DENY);
    bad->set_reason(v1::REASON_NOT_SIGNED);
    bad->set_message("The image: registry.example.org/bad:1 is not signed.");
  }

  v1::VerifyImagesRequest request_;
  v1::VerifyImagesResponse response_;
};

TEST_F(VerdictReport, IsALineAnImageForPeople) {
  EXPECT_EQ(WriteText(response_),
            "allowed  registry.example.org/good:1  verified at sha256:abc by release (pattern "
            "registry.example.org/*)\n"
            "denied   registry.example.org/bad:1  The image: registry.example.org/bad:1 is not "
            "signed.\n");
}

TEST_F(VerdictReport, IsJsonForMachines) {
  const base::Json report = base::Json::parse(WriteJson(request_, response_));
  EXPECT_EQ(report["allowed"], false);
  EXPECT_EQ(report["images"][0]["decision"], "allow");
  EXPECT_EQ(report["images"][0]["keys"], base::Json({"release"}));
  EXPECT_EQ(report["images"][1]["reason"], "NOT_SIGNED");
}

TEST_F(VerdictReport, OnlyAllowAllows) {
  EXPECT_FALSE(AllAllowed(request_, response_));
  response_.mutable_verdicts(1)->set_decision(v1::DECISION_ALLOW);
  EXPECT_TRUE(AllAllowed(request_, response_));
  response_.mutable_verdicts(1)->clear_decision();
  EXPECT_FALSE(AllAllowed(request_, response_));
}

TEST_F(VerdictReport, AMissingVerdictDoesNotAllow) {
  response_.mutable_verdicts()->RemoveLast();
  EXPECT_FALSE(AllAllowed(request_, response_));
}

TEST_F(VerdictReport, ForgesNothingOnATerminal) {
  response_.mutable_verdicts(1)->set_reference("x\x1b[1A\nallowed  y");
  EXPECT_THAT(WriteText(response_), Not(HasSubstr("\x1b")));
  EXPECT_THAT(WriteText(response_), Not(HasSubstr("\nallowed  y")));
}

}  // namespace
}  // namespace countersign::cli
