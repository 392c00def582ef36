#include "kube/client/absence_log.h"

#include <string>
#include <string_view>

#include "base/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const ObjectSelection kWidgets = {
    .resource = {.plural = "widgets", .kind = "Widget", .kinds = "Widgets"},
    .max_bytes_of_one = 5,
    .if_absent = "nobody counts them"};

std::string Log(const ObjectSet::Absent& before, const ObjectSet::Absent& now) {
  std::string log;
  const base::ScopedLogSink sink([&log](std::string_view line) { log.append(line); });
  LogAbsent(kWidgets, before, now);
  return log;
}

TEST(LogAbsent, SaysWhatIsTooLargeWhatFollowsAndWhatToDo) {
  EXPECT_THAT(
      Log({}, {.too_large = {{"a/b", 7}}}),
      AllOf(HasSubstr("\"msg\":\"A Widget takes too much memory and is taken as absent: nobody "
                      "counts them. Remove labels of it, or shorten them.\""),
            HasSubstr(R"("name":"a/b","bytes":"7","most":"5")")));
}

TEST(LogAbsent, SaysThatThereIsNoRoomAndThatThereIsAgain) {
  const ObjectSet::Absent full = {.no_room = "there are more than 3 Widgets"};
  EXPECT_THAT(Log({}, full),
              AllOf(HasSubstr("There is no room for all Widgets, and the youngest are "
                              "taken as absent: nobody counts them.\""),
                    HasSubstr("there are more than 3 Widgets")));
  EXPECT_THAT(Log(full, {}), HasSubstr("There is room for all Widgets again."));
}

TEST(LogAbsent, SaysNothingTwice) {
  const ObjectSet::Absent before = {.too_large = {{"a", 7}, {"b", 7}}, .no_room = "more than 3"};
  EXPECT_THAT(Log(before, before), IsEmpty());
  EXPECT_THAT(Log(before, {.too_large = {{"a", 9}}, .no_room = "more than 4"}), IsEmpty());
  EXPECT_THAT(Log(before, {.too_large = {{"b", 7}, {"c", 7}}, .no_room = "more than 3"}),
              AllOf(HasSubstr(R"("name":"c")"), Not(HasSubstr(R"("name":"b")"))));
}

}  // namespace
}  // namespace countersign::kube
