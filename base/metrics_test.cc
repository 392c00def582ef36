#include "base/metrics.h"

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, WritesWhatWasCounted) {
  Metrics metrics;
  metrics.Counter("calls_total", "Calls.", {{"code", "ok"}}).Increment();
  metrics.Counter("calls_total", "Calls.", {{"code", "ok"}}).Increment();
  metrics.Counter("calls_total", "Calls.", {{"code", "bad"}}).Increment();
  metrics.Gauge("running", "Running.").Set(3);
  EXPECT_THAT(metrics.WriteText(),
              AllOf(HasSubstr("# HELP calls_total Calls.\n# TYPE calls_total counter\n"),
                    HasSubstr("calls_total{code=\"ok\"} 2\n"),
                    HasSubstr("calls_total{code=\"bad\"} 1\n"), HasSubstr("running 3\n")));
}

TEST(Metrics, WritesHowLongThingsTook) {
  Metrics metrics;
  metrics.Histogram("took_seconds", "Took.", {0.1, 1}).Observe(0.5);
  EXPECT_THAT(metrics.WriteText(), AllOf(HasSubstr("took_seconds_bucket{le=\"0.1\"} 0\n"),
                                         HasSubstr("took_seconds_bucket{le=\"1\"} 1\n"),
                                         HasSubstr("took_seconds_bucket{le=\"+Inf\"} 1\n"),
                                         HasSubstr("took_seconds_count 1\n")));
}

TEST(Metrics, AsksForSamplesWhenTheyAreWritten) {
  Metrics metrics;
  double entries = 1;
  metrics.SampleGauge("entries", "Entries.", {{"of", "a"}}, [&entries] { return entries; });
  metrics.SampleGauge("entries", "Entries.", {{"of", "b"}}, [] { return 7; });
  metrics.SampleCounter("hits_total", "Hits.", {}, [] { return 5; });
  metrics.SampleGauge("unknown", "Unknown.", {}, [] { return std::nullopt; });
  entries = 2;
  const std::string text = metrics.WriteText();
  EXPECT_THAT(text, AllOf(HasSubstr("# TYPE entries gauge\n"), HasSubstr("entries{of=\"a\"} 2\n"),
                          HasSubstr("entries{of=\"b\"} 7\n"),
                          HasSubstr("# TYPE hits_total counter\nhits_total 5\n")));
  EXPECT_THAT(text, Not(HasSubstr("unknown")));
}

TEST(Metrics, KeepsTimesExact) {
  Metrics metrics;
  metrics.SampleGauge("expiry_seconds", "Expiry.", {}, [] { return 1'800'000'001.0; });
  EXPECT_THAT(metrics.WriteText(), HasSubstr("expiry_seconds 1800000001\n"));
}

TEST(Metrics, MayBeUsedByManyThreads) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&metrics] {
      for (int j = 0; j < 100; ++j) {
        metrics.Counter("calls_total", "Calls.", {{"code", "ok"}}).Increment();
        metrics.WriteText();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics.WriteText(), HasSubstr("calls_total{code=\"ok\"} 400\n"));
}

}  // namespace
}  // namespace countersign::base
