#include "base/metrics.h"

#include <utility>

#include "prometheus/text_serializer.h"

namespace countersign::base {

prometheus::Counter& Metrics::Counter(const std::string& name, const std::string& help,
                                      const Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add(labels);
}

prometheus::Gauge& Metrics::Gauge(const std::string& name, const std::string& help,
                                  const Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add(labels);
}

prometheus::Histogram& Metrics::Histogram(const std::string& name, const std::string& help,
                                          const std::vector<double>& bounds, const Labels& labels) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add(labels, bounds);
}

void Metrics::SampleCounter(const std::string& name, const std::string& help, const Labels& labels,
                            Sample value) {
  absl::MutexLock lock(&mutex_);
  sampled_.push_back({name, help, prometheus::MetricType::Counter, labels, std::move(value)});
}

void Metrics::SampleGauge(const std::string& name, const std::string& help, const Labels& labels,
                          Sample value) {
  absl::MutexLock lock(&mutex_);
  sampled_.push_back({name, help, prometheus::MetricType::Gauge, labels, std::move(value)});
}

std::vector<prometheus::MetricFamily> Metrics::CollectSampled() const {
  std::vector<Sampled> sampled;
  {
    absl::MutexLock lock(&mutex_);
    sampled = sampled_;
  }
  std::map<std::string, prometheus::MetricFamily> families;
  for (const Sampled& sample : sampled) {
    const std::optional<double> value = sample.value();
    if (!value.has_value()) continue;
    prometheus::ClientMetric metric;
    for (const auto& [name, text] : sample.labels) metric.label.push_back({name, text});
    (sample.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) =
        *value;
    prometheus::MetricFamily& family = families[sample.name];
    family.name = sample.name;
    family.help = sample.help;
    family.type = sample.type;
    family.metric.push_back(std::move(metric));
  }
  std::vector<prometheus::MetricFamily> list;
  for (auto& [name, family] : families) list.push_back(std::move(family));
  return list;
}

std::string Metrics::WriteText() const {
  std::vector<prometheus::MetricFamily> families = registry_.Collect();
  for (prometheus::MetricFamily& family : CollectSampled()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

const std::vector<double>& DurationBounds() {
  static const auto* const bounds = new std::vector<double>{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return *bounds;
}

}  // namespace countersign::base
