#ifndef COUNTERSIGN_BASE_METRICS_H_
#define COUNTERSIGN_BASE_METRICS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace countersign::base {

// The metrics of one process, for Prometheus.
//
//   prometheus::Counter& calls = metrics.Counter("calls_total", "Calls.", {{"code", "ok"}});
//   calls.Increment();
//   metrics.SampleGauge("entries", "Entries.", {}, [&cache] { return cache.size(); });
//
// A metric is made when it is first asked for, and is the same for the same name and labels. The
// number of different labels must be bounded by who asks: nothing is ever forgotten.
//
// Thread-safe. What the functions return lives as long as this.
class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  prometheus::Counter& Counter(const std::string& name, const std::string& help,
                               const Labels& labels = {});
  prometheus::Gauge& Gauge(const std::string& name, const std::string& help,
                           const Labels& labels = {});
  // `bounds` are the upper ends of the buckets, rising, without the last one.
  prometheus::Histogram& Histogram(const std::string& name, const std::string& help,
                                   const std::vector<double>& bounds, const Labels& labels = {});

  // Values that are asked for when the metrics are written; nullopt is left out. What `value` uses
  // must live as long as WriteText may be called; it may block only for a moment.
  using Sample = std::function<std::optional<double>()>;
  void SampleCounter(const std::string& name, const std::string& help, const Labels& labels,
                     Sample value);
  void SampleGauge(const std::string& name, const std::string& help, const Labels& labels,
                   Sample value);

  // All of them in Prometheus' text format, version 0.0.4.
  std::string WriteText() const;

 private:
  struct Sampled {
    std::string name;
    std::string help;
    prometheus::MetricType type;
    Labels labels;
    Sample value;
  };
  std::vector<prometheus::MetricFamily> CollectSampled() const;

  prometheus::Registry registry_;
  mutable absl::Mutex mutex_;
  std::vector<Sampled> sampled_ ABSL_GUARDED_BY(mutex_);
};

// Upper ends of buckets, in seconds, for what should take milliseconds and may take ten seconds.
const std::vector<double>& DurationBounds();

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_METRICS_H_
