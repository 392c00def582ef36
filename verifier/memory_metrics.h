#ifndef COUNTERSIGN_VERIFIER_MEMORY_METRICS_H_
#define COUNTERSIGN_VERIFIER_MEMORY_METRICS_H_

#include "base/metrics.h"
#include "verifier/caching_api.h"
#include "verifier/signature_fetcher.h"

namespace countersign::verifier {

// What is remembered, and how often that helped: countersign_object_cache_* for Secrets and service
// accounts, countersign_signature_cache_* for signatures. Both must live as long as `metrics` may
// be written.
void AddMemoryMetrics(const CachingApi* objects, base::Metrics* metrics);
void AddMemoryMetrics(const SignatureFetcher* signatures, base::Metrics* metrics);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_MEMORY_METRICS_H_
