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

  // The verdict about a third image.
  v1::Verdict* Add(v1::Decision decision, v1::Reason reason) {
    request_.add_images()->set_reference("registry.example.org/more:1");
    v1::Verdict* more = response_.add_verdicts();
    more->set_reference("registry.example.org/more:1");
    more->set_decision(decision);
    more->set_reason(reason);
    return more;
  }

  void RemoveBad() {
    request_.mutable_images()->RemoveLast();
    response_.mutable_verdicts()->RemoveLast();
  }

  Outcome Total() const { return OutcomeOf(request_, response_, options_); }
  std::string Text() const { return WriteText(response_, options_); }
  base::Json Report() const { return base::Json::parse(WriteJson(request_, response_, options_)); }

  ReportOptions options_;
  v1::VerifyImagesRequest request_;
  v1::VerifyImagesResponse response_;
};

TEST_F(VerdictReport, IsALineAnImageForPeople) {
  Add(v1::DECISION_DENY, v1::REASON_UNDECIDED)->set_message("The registry does not answer.");
  EXPECT_EQ(Text(),
            "allowed    registry.example.org/good:1  verified at sha256:abc by release (pattern "
            "registry.example.org/*)\n"
            "denied     registry.example.org/bad:1  The image: registry.example.org/bad:1 is not "
            "signed.\n"
            "undecided  registry.example.org/more:1  The registry does not answer.\n");
}

TEST_F(VerdictReport, NamesNoPatternThatNobodyHasWritten) {
  options_.has_patterns = false;
  EXPECT_THAT(Text(), HasSubstr("good:1  verified at sha256:abc by release\n"));
  EXPECT_EQ(Report()["images"][0]["patterns"], base::Json({"registry.example.org/*"}));
}

TEST_F(VerdictReport, SaysEachWarningOnce) {
  Add(v1::DECISION_ALLOW, v1::REASON_UNMATCHED_ALLOWED)->set_warning("No pattern matches.");
  response_.add_warnings("No pattern matches.");
  response_.add_warnings("The policy is partly invalid.\x1b");
  EXPECT_THAT(Text(), HasSubstr("more:1  No pattern matches.\n"
                                "warning    The policy is partly invalid.\\x1b\n"));
  EXPECT_THAT(Text(), Not(HasSubstr("warning    No pattern")));
  EXPECT_EQ(Report()["warnings"],
            base::Json({"No pattern matches.", "The policy is partly invalid.\x1b"}));
}

TEST_F(VerdictReport, IsJsonForMachines) {
  Add(v1::DECISION_DENY, v1::REASON_UNDECIDED)->set_message("\u202e");
  EXPECT_EQ(Report()["allowed"], false);
  EXPECT_EQ(Report()["images"][0]["decision"], "allow");
  EXPECT_EQ(Report()["images"][0]["keys"], base::Json({"release"}));
  EXPECT_EQ(Report()["images"][1]["decision"], "deny");
  EXPECT_EQ(Report()["images"][1]["reason"], "NOT_SIGNED");
  EXPECT_EQ(Report()["images"][2]["decision"], "undecided");
  EXPECT_EQ(Report()["images"][2]["message"], "\u202e");
  EXPECT_THAT(WriteJson(request_, response_, options_), HasSubstr("\"\\u202e\""));
}

TEST_F(VerdictReport, SaysInJsonWhatHeldWhereAnythingDid) {
  for (const char* const name : {"release", "nightly"}) {
    v1::Evidence* const evidence = response_.mutable_verdicts(0)->add_evidence();
    evidence->set_authority(name);
    evidence->set_key_sha256("abc");
  }
  EXPECT_EQ(Report()["images"][0]["evidence"],
            base::Json::parse(R"([{"authority": "release", "keySha256": "abc"},
                                  {"authority": "nightly", "keySha256": "abc"}])"));
  EXPECT_FALSE(Report()["images"][1].contains("evidence"));
}

TEST_F(VerdictReport, SaysInJsonHowMuchIsLeftOutWhereAnythingIs) {
  response_.mutable_verdicts(0)->set_left_out(7);
  EXPECT_EQ(Report()["images"][0]["leftOut"], 7);
  EXPECT_FALSE(Report()["images"][1].contains("leftOut"));
}

TEST_F(VerdictReport, ADenialCountsMostThenWhatIsUndecided) {
  EXPECT_EQ(Total(), Outcome::kDenied);
  Add(v1::DECISION_DENY, v1::REASON_UNDECIDED);
  EXPECT_EQ(Total(), Outcome::kDenied);
  response_.mutable_verdicts(1)->set_decision(v1::DECISION_ALLOW);
  EXPECT_EQ(Total(), Outcome::kUndecided);
  response_.mutable_verdicts(2)->set_decision(v1::DECISION_ALLOW);
  EXPECT_EQ(Total(), Outcome::kAllowed);
}

TEST_F(VerdictReport, OnlyAllowAllows) {
  response_.mutable_verdicts(1)->clear_decision();
  EXPECT_EQ(Total(), Outcome::kUndecided);
  EXPECT_EQ(Report()["images"][1]["decision"], "undecided");
  EXPECT_EQ(Report()["allowed"], false);
}

TEST_F(VerdictReport, AMissingVerdictDoesNotAllow) {
  response_.mutable_verdicts()->RemoveLast();
  EXPECT_EQ(Total(), Outcome::kUndecided);
  response_.clear_verdicts();
  EXPECT_EQ(Total(), Outcome::kUndecided);
}

TEST_F(VerdictReport, WithoutAPolicyNothingIsAllowedUnlessThatIsSaid) {
  RemoveBad();
  Add(v1::DECISION_ALLOW, v1::REASON_NO_POLICY)->set_warning("There is no policy.");
  EXPECT_EQ(Total(), Outcome::kUndecided);
  EXPECT_THAT(Text(), HasSubstr("undecided  registry.example.org/more:1  There is no policy."));
  EXPECT_EQ(Report()["images"][1]["decision"], "undecided");
  options_.allow_without_policy = true;
  EXPECT_EQ(Total(), Outcome::kAllowed);
  EXPECT_THAT(Text(), HasSubstr("allowed    registry.example.org/more:1  There is no policy."));
}

TEST_F(VerdictReport, ForgesNothingOnATerminal) {
  response_.mutable_verdicts(1)->set_reference("x\x1b[1A\nallowed    y");
  EXPECT_THAT(Text(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(Text(), Not(HasSubstr("\nallowed    y")));
}

TEST_F(VerdictReport, TellsWhatPoliciesFoundWanting) {
  v1::Verdict* const denied = response_.mutable_verdicts(1);
  v1::PolicyFailure* const failure = denied->add_policy_failures();
  failure->set_summary("failed policy: release");
  failure->set_details("app:1 no signatures found\nat all");
  denied->set_pinning_required(true);
  v1::Verdict* const passed = Add(v1::DECISION_ALLOW, v1::REASON_ALLOWED_BY_POLICY);
  v1::PolicyFailure* const warning = passed->add_policy_failures();
  warning->set_summary("no matching policies");
  warning->set_is_warning(true);
  EXPECT_THAT(Text(),
              HasSubstr("bad:1 is not signed.\n"
                        "policy     failed policy: release: app:1 no signatures found at all\n"
                        "allowed    registry.example.org/more:1  allowed by policy, whatever "
                        "its evidence\n"
                        "warning    no matching policies\n"));
  const base::Json images = Report()["images"];
  EXPECT_FALSE(images[0].contains("policyFailures"));
  EXPECT_FALSE(images[0].contains("pinningRequired"));
  EXPECT_EQ(images[1]["policyFailures"],
            base::Json({{{"summary", "failed policy: release"},
                         {"details", "app:1 no signatures found\nat all"},
                         {"isWarning", false}}}));
  EXPECT_EQ(images[1]["pinningRequired"], true);
  EXPECT_EQ(images[2]["reason"], "ALLOWED_BY_POLICY");
  EXPECT_EQ(images[2]["policyFailures"][0]["isWarning"], true);
}

}  // namespace
}  // namespace countersign::cli
