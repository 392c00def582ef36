#include "verifier/memory_metrics.h"

namespace countersign::verifier {

void AddMemoryMetrics(const CachingApi* objects, base::Metrics* metrics) {
  constexpr char kReads[] = "countersign_object_cache_reads_total";
  constexpr char kReadsHelp[] =
      "Reads of Secrets and service accounts: answered from memory (hit), by the API server (miss) "
      "or, as that could not be asked, from memory beyond the age (stale).";
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "hit"}},
                         [objects] { return objects->counts().hits; });
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "miss"}},
                         [objects] { return objects->counts().misses; });
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "stale"}},
                         [objects] { return objects->counts().stale; });
  metrics->SampleGauge("countersign_object_cache_entries",
                       "Secrets and service accounts remembered, or that there is none.", {},
                       [objects] { return objects->counts().entries; });
  metrics->SampleGauge("countersign_object_cache_bytes", "Memory that they take, about.", {},
                       [objects] { return objects->counts().bytes; });
}

void AddMemoryMetrics(const SignatureFetcher* signatures, base::Metrics* metrics) {
  constexpr char kReads[] = "countersign_signature_cache_reads_total";
  constexpr char kReadsHelp[] =
      "Times that a digest's signatures were looked for in memory: there (hit) or not (miss).";
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "hit"}},
                         [signatures] { return signatures->counts().hits; });
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "miss"}},
                         [signatures] { return signatures->counts().misses; });
  metrics->SampleGauge("countersign_signature_cache_entries",
                       "Digests whose signatures are remembered.", {},
                       [signatures] { return signatures->counts().entries; });
}

}  // namespace countersign::verifier
