#include "verifier/trust/trust_root_table.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "cosign/trusted_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TrustedRootPtr RootNamed(char id) {
  cosign::TrustedRoot root;
  root.id[0] = static_cast<uint8_t>(id);
  return std::make_shared<const cosign::TrustedRoot>(std::move(root));
}

ReadRoot Stated(std::string_view name, char id = 'a', size_t bytes = 10) {
  ReadRoot read;
  read.root.name = name;
  read.root.source = policy::StatedRoot{RootNamed(id), bytes};
  read.id[0] = static_cast<uint8_t>(id);
  return read;
}

// On a mirror of its own.
ReadRoot Remote(std::string_view name, size_t root_bytes = 10) {
  ReadRoot read;
  read.root.name = name;
  read.root.source = policy::RemoteRepository{absl::StrCat("https://", name, ".tuf.example.org/x"),
                                              std::string(root_bytes, 'r')};
  return read;
}
ReadRoot RemoteAt(std::string_view name, std::string_view url) {
  ReadRoot read = Remote(name);
  std::get<policy::RemoteRepository>(read.root.source).mirror = url;
  return read;
}

ReadRoot Broken(std::string_view name) {
  ReadRoot read;
  read.root.name = name;
  read.root.errors = {{"missing field(s)", {"spec.remote.root"}}, {"missing field(s)", {"x"}}};
  return read;
}

class TrustRootTableTest : public testing::Test {
 protected:
  bool Set(std::vector<ReadRoot> read) {
    for (const ReadRoot& each : read) names_.insert(each.root.name);
    return table_.Set(names_, std::move(read), kNow);
  }
  bool Remove(const std::string& name) {
    names_.erase(name);
    return table_.Set(names_, {}, kNow);
  }
  // The next job, which must be there, ends at once with this.
  bool FinishNext(absl::StatusOr<DatedRoot> root) {
    return table_.Finish(table_.TakeJob(), std::move(root), kNow, kNow);
  }
  // The next is asked for, and hangs.
  TrustRootTable::Job TakeOf(std::string_view name) {
    TrustRootTable::Job job = table_.TakeJob();
    EXPECT_EQ(job.name, name);
    return job;
  }
  char IdOf(std::string_view name) {
    const auto root = table_.Find(name);
    return root.ok() ? static_cast<char>((*root)->id[0]) : '-';
  }
  absl::Status Why(std::string_view name) { return table_.Find(name).status(); }

  TrustRootTable table_;
  std::set<std::string> names_;
};

TEST_F(TrustRootTableTest, WhatIsNotThereIsNotFound) {
  EXPECT_THAT(Why("x"), StatusIs(absl::StatusCode::kNotFound, "trustRootRef x not found"));
  EXPECT_TRUE(Set({Stated("x")}));
  EXPECT_EQ(IdOf("x"), 'a');
  EXPECT_TRUE(Remove("x"));
  EXPECT_THAT(Why("x"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_FALSE(table_.Set(names_, {}, kNow));
}

TEST_F(TrustRootTableTest, WhatTurnsBadIsReplacedByNothing) {
  Set({Stated("x", 'a')});
  EXPECT_TRUE(Set({Broken("x")}));
  EXPECT_EQ(IdOf("x"), 'a');
  EXPECT_THAT(table_.States()[0].problem,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "missing field(s): spec.remote.root, and 1 more"));
  Set({Stated("x", 'b')});
  EXPECT_EQ(IdOf("x"), 'b');
  EXPECT_THAT(table_.States()[0].problem, IsOk());
}

TEST_F(TrustRootTableTest, WhatNeverWasGoodSaysWhy) {
  Set({Broken("x")});
  EXPECT_THAT(Why("x"), StatusIs(absl::StatusCode::kInvalidArgument,
                                 HasSubstr("trustRootRef x: missing field(s)")));
}

TEST_F(TrustRootTableTest, AMirrorIsAskedAtOnceAndItsAnswerKept) {
  EXPECT_EQ(table_.NextDue(), absl::InfiniteFuture());
  Set({Remote("x")});
  EXPECT_THAT(Why("x"), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("fetched")));
  EXPECT_EQ(table_.NextDue(), kNow);
  TrustRootTable::Job job = table_.TakeJob();
  EXPECT_EQ(job.state.root, std::string(10, 'r'));
  job.state.target = "t";
  const absl::Time expires = kNow + absl::Hours(24 * 7);
  EXPECT_TRUE(table_.Finish(job, DatedRoot{RootNamed('a'), expires}, kNow, kNow));
  EXPECT_EQ(IdOf("x"), 'a');
  EXPECT_EQ(table_.States()[0].expires, expires);
  EXPECT_EQ(table_.States()[0].refreshed, kNow);
  EXPECT_EQ(table_.NextDue(), kNow + TrustRootTable::kUpdateInterval);
  job = table_.TakeJob();
  EXPECT_EQ(job.state.target, "t");
  // The same again is no change.
  EXPECT_FALSE(table_.Finish(job, DatedRoot{RootNamed('a'), expires}, kNow, kNow));
}

TEST_F(TrustRootTableTest, AMirrorThatFailsIsAskedAgainAfterLongerPauses) {
  Set({Remote("x")});
  absl::Duration pause = TrustRootTable::kFirstPause;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(FinishNext(absl::UnavailableError("no")), i == 0);
    EXPECT_EQ(table_.NextDue(), kNow + pause);
    pause = std::min(2 * pause, TrustRootTable::kLongestPause);
  }
  // What it was verified to have is kept even so.
  TrustRootTable::Job job = table_.TakeJob();
  job.state.timestamp = "newer";
  table_.Finish(std::move(job), absl::UnavailableError("no"), kNow, kNow);
  EXPECT_EQ(table_.TakeJob().state.timestamp, "newer");
}

TEST_F(TrustRootTableTest, WhoTakesLongIsAskedMuchLater) {
  Set({Remote("fast"), Remote("slow")});
  TrustRootTable::Job job = TakeOf("fast");
  const absl::Time expires_soon = kNow + absl::Seconds(30);
  table_.Finish(job, DatedRoot{RootNamed('a'), expires_soon}, kNow, kNow);
  job = TakeOf("slow");
  table_.Finish(job, DatedRoot{RootNamed('a'), expires_soon}, kNow, kNow + absl::Seconds(15));
  EXPECT_EQ(table_.NextDue(), kNow + TrustRootTable::kFirstPause);
  FinishNext(DatedRoot{RootNamed('a'), kNow + absl::Hours(48)});
  EXPECT_EQ(table_.NextDue(), kNow + absl::Seconds(15) + 20 * absl::Seconds(15));
}

TEST_F(TrustRootTableTest, WhatComesForAnObjectThatHasChangedIsDropped) {
  Set({Remote("x")});
  const TrustRootTable::Job job = table_.TakeJob();
  Set({Stated("x", 's')});
  EXPECT_FALSE(table_.Finish(job, DatedRoot{RootNamed('a'), kNow}, kNow, kNow));
  EXPECT_EQ(IdOf("x"), 's');
  Remove("x");
  EXPECT_FALSE(table_.Finish(job, DatedRoot{RootNamed('a'), kNow}, kNow, kNow));
  EXPECT_EQ(table_.NextDue(), absl::InfiniteFuture());
}

TEST_F(TrustRootTableTest, SeveralMirrorsAreAskedAtATimeInTheOrderInWhichTheyCame) {
  Set({Remote("d")});
  Set({Remote("c")});
  Set({Remote("b")});
  Set({Remote("a")});
  TakeOf("d");
  const TrustRootTable::Job second = TakeOf("c");
  TakeOf("b");
  // The last place is not for who has not answered yet.
  EXPECT_EQ(table_.NextDue(), absl::InfiniteFuture());
  table_.Finish(second, absl::UnavailableError("no"), kNow, kNow);
  EXPECT_EQ(table_.NextDue(), kNow);
  TakeOf("a");
  EXPECT_EQ(table_.NextDue(), absl::InfiniteFuture());
}

TEST_F(TrustRootTableTest, WhoAnsweredHasAPlaceWhateverHangs) {
  Set({Remote("good")});
  FinishNext(DatedRoot{RootNamed('a'), kNow});
  Set({Remote("a"), Remote("b"), Remote("c"), Remote("d")});
  TakeOf("a");
  TakeOf("b");
  TakeOf("c");
  EXPECT_EQ(table_.NextDue(), kNow + TrustRootTable::kFirstPause);
  const TrustRootTable::Job good = TakeOf("good");
  EXPECT_EQ(table_.NextDue(), absl::InfiniteFuture());
  // When it does not answer any more it is one of the others.
  table_.Finish(good, absl::UnavailableError("no"), kNow, kNow);
  EXPECT_EQ(table_.NextDue(), absl::InfiniteFuture());
}

TEST_F(TrustRootTableTest, AHostIsAskedByOneAtATime) {
  Set({RemoteAt("a", "https://x.example.org/one"), RemoteAt("b", "http://X.example.org"),
       RemoteAt("c", "https://y.example.org/one")});
  const TrustRootTable::Job first = TakeOf("a");
  TakeOf("c");
  EXPECT_EQ(table_.NextDue(), absl::InfiniteFuture());
  table_.Finish(first, absl::UnavailableError("no"), kNow, kNow);
  TakeOf("b");
}

TEST_F(TrustRootTableTest, AHostIsTheSameAtEachOfItsPorts) {
  Set({RemoteAt("a", "https://x.example.org:8443"), RemoteAt("b", "https://x.example.org:9443/y"),
       RemoteAt("c", "http://x.example.org.:80")});
  const TrustRootTable::Job first = TakeOf("a");
  EXPECT_EQ(table_.NextDue(), absl::InfiniteFuture());
  table_.Finish(first, absl::UnavailableError("no"), kNow, kNow);
  TakeOf("b");
  EXPECT_EQ(table_.NextDue(), absl::InfiniteFuture());
}

TEST_F(TrustRootTableTest, AMirrorThatNobodyCouldAskIsAFaultOfTheObject) {
  Set({Stated("x", 's')});
  Set({RemoteAt("x", "https://x.example.org:port"), RemoteAt("y", "https://a%2fb")});
  EXPECT_EQ(table_.NextDue(), absl::InfiniteFuture());
  EXPECT_EQ(IdOf("x"), 's');
  EXPECT_THAT(Why("y"), StatusIs(absl::StatusCode::kInvalidArgument,
                                 HasSubstr("trustRootRef y: spec.remote.mirror: the URL")));
}

TEST_F(TrustRootTableTest, WhoeverChangesAnObjectHasNoSecondPlace) {
  Set({RemoteAt("a", "https://x.example.org")});
  const TrustRootTable::Job job = TakeOf("a");
  Set({RemoteAt("a", "https://y.example.org")});
  Set({Remote("b")});
  TakeOf("b");
  EXPECT_EQ(table_.NextDue(), absl::InfiniteFuture());
  EXPECT_FALSE(table_.Finish(job, absl::UnavailableError("no"), kNow, kNow));
  EXPECT_EQ(TakeOf("a").remote.mirror, "https://y.example.org");
}

TEST_F(TrustRootTableTest, AnotherMirrorDoesNotEndTheLastGoodRoot) {
  Set({Stated("x", 's')});
  Set({Remote("x")});
  EXPECT_EQ(IdOf("x"), 's');
  FinishNext(absl::UnavailableError("no"));
  EXPECT_EQ(IdOf("x"), 's');
  FinishNext(DatedRoot{RootNamed('r'), kNow});
  EXPECT_EQ(IdOf("x"), 'r');
}

TEST_F(TrustRootTableTest, ThereAreAtMostSoManyAndThoseThatWereThereStay) {
  std::vector<ReadRoot> many;
  for (size_t i = 0; i < TrustRootTable::kMaxRoots; ++i) {
    many.push_back(Stated(absl::StrCat("m", i)));
  }
  Set(std::move(many));
  EXPECT_TRUE(Set({Stated("a")}));
  EXPECT_THAT(Why("a"), StatusIs(absl::StatusCode::kResourceExhausted,
                                 HasSubstr("trustRootRef a: there are more than 100")));
  EXPECT_THAT(Why("m99"), IsOk());
  EXPECT_EQ(table_.States().size(), TrustRootTable::kMaxRoots + 1);
  // One that is there may change.
  Set({Stated("m3", 'b')});
  EXPECT_EQ(IdOf("m3"), 'b');
  Remove("m7");
  Set({Stated("a")});
  EXPECT_EQ(IdOf("a"), 'a');
}

TEST_F(TrustRootTableTest, WhatTheyHoldIsBounded) {
  Set({Stated("x", 'a', TrustRootTable::kMaxBytesOfOne)});
  EXPECT_EQ(IdOf("x"), 'a');
  Set({Stated("x", 'b', TrustRootTable::kMaxBytesOfOne + 1)});
  EXPECT_EQ(IdOf("x"), 'a');
  EXPECT_THAT(table_.States()[0].problem, StatusIs(absl::StatusCode::kResourceExhausted));

  constexpr size_t kFit = TrustRootTable::kMaxBytes / TrustRootTable::kMaxBytesOfOne;
  for (size_t i = 1; i < kFit; ++i) {
    Set({Stated(absl::StrCat("m", i), 'a', TrustRootTable::kMaxBytesOfOne)});
  }
  Set({Stated("more", 'a', 1)});
  EXPECT_THAT(Why("more"),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("all TrustRoots together")));
  Set({Remote("mirror", 1)});
  EXPECT_THAT(Why("mirror"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(table_.NextDue(), absl::InfiniteFuture());
  Remove("m1");
  Set({Stated("more", 'a', 1)});
  EXPECT_THAT(Why("more"), IsOk());
}

TEST_F(TrustRootTableTest, AMirrorMayNotFillTheMemory) {
  Set({Remote("x")});
  FinishNext(DatedRoot{RootNamed('a'), kNow});
  TrustRootTable::Job job = table_.TakeJob();
  job.state.targets.assign(TrustRootTable::kMaxBytesOfOne, 'x');
  EXPECT_TRUE(table_.Finish(job, DatedRoot{RootNamed('b'), kNow}, kNow, kNow));
  EXPECT_EQ(IdOf("x"), 'a');
  EXPECT_THAT(table_.States()[0].problem, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(table_.TakeJob().state.targets, "");
}

TEST_F(TrustRootTableTest, OnlyTheProblemNamesTheMirror) {
  Set({Remote("x")});
  FinishNext(absl::UnavailableError("tuf.example.org is away"));
  EXPECT_THAT(table_.States()[0].problem,
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("tuf.example.org")));
  EXPECT_THAT(Why("x"), StatusIs(absl::StatusCode::kUnavailable,
                                 AllOf(HasSubstr("trustRootRef x: "), Not(HasSubstr("tuf.")))));
}

}  // namespace
}  // namespace countersign::verifier
