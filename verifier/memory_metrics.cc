#include "verifier/memory_metrics.h"

#include "base/door_metrics.h"
#include "verifier/evidence/remembered_tags.h"

namespace countersign::verifier {

void AddMemoryMetrics(const CachingSecretReader* objects, base::Metrics* metrics) {
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

namespace {

void AddTagMetrics(const RememberedTags* tags, base::Metrics* metrics) {
  constexpr char kReads[] = "countersign_tag_cache_reads_total";
  constexpr char kReadsHelp[] =
      "Times that it was looked for in memory what a tag means: there (hit) or not (miss).";
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "hit"}},
                         [tags] { return tags->counts().hits; });
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "miss"}},
                         [tags] { return tags->counts().misses; });
  constexpr char kRefreshes[] = "countersign_tag_cache_refreshes_total";
  constexpr char kRefreshesHelp[] =
      "Times that a remembered tag was asked for again ahead of its end: it means the same "
      "(renewed), "
      "or something else, or could not be asked for (ended).";
  metrics->SampleCounter(kRefreshes, kRefreshesHelp, {{"outcome", "renewed"}},
                         [tags] { return tags->counts().renewed; });
  metrics->SampleCounter(kRefreshes, kRefreshesHelp, {{"outcome", "ended"}},
                         [tags] { return tags->counts().ended; });
  metrics->SampleGauge("countersign_tag_cache_entries",
                       "Tags that are remembered, for each credential.", {},
                       [tags] { return tags->counts().entries; });
  metrics->SampleGauge("countersign_tag_cache_bytes", "Memory that they take, about.", {},
                       [tags] { return tags->counts().bytes; });
}

}  // namespace

void AddMemoryMetrics(const EvidenceGatherer* evidence, base::Metrics* metrics) {
  AddTagMetrics(&evidence->tags(), metrics);
  constexpr char kReads[] = "countersign_signature_cache_reads_total";
  constexpr char kReadsHelp[] =
      "Times that a digest's signatures were looked for in memory: there (hit) or not (miss).";
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "hit"}},
                         [evidence] { return evidence->counts().hits; });
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "miss"}},
                         [evidence] { return evidence->counts().misses; });
  metrics->SampleGauge("countersign_signature_cache_entries",
                       "Digests whose signatures are remembered, for each credential.", {},
                       [evidence] { return evidence->counts().entries; });
  metrics->SampleGauge("countersign_signature_cache_bytes", "Memory that they take, about.", {},
                       [evidence] { return evidence->counts().bytes; });
  constexpr char kGrants[] = "countersign_grant_cache_reads_total";
  constexpr char kGrantsHelp[] =
      "Times that the credential by which a workload was let in was looked for in memory: there "
      "(hit) or not (miss), which is usual where none is needed.";
  metrics->SampleCounter(kGrants, kGrantsHelp, {{"result", "hit"}},
                         [evidence] { return evidence->counts().grant_hits; });
  metrics->SampleCounter(kGrants, kGrantsHelp, {{"result", "miss"}},
                         [evidence] { return evidence->counts().grant_misses; });
  metrics->SampleGauge("countersign_grant_cache_entries",
                       "Repositories and workloads of which that credential is remembered.", {},
                       [evidence] { return evidence->counts().grants; });
  metrics->SampleGauge("countersign_grant_cache_bytes", "Memory that they take, about.", {},
                       [evidence] { return evidence->counts().grant_bytes; });
}

void AddMemoryMetrics(const RequirementMemory* requirements, base::Metrics* metrics) {
  constexpr char kReads[] = "countersign_requirement_cache_reads_total";
  constexpr char kReadsHelp[] =
      "Times that it was looked for in memory what policies ask of an image: there (hit) or not "
      "(miss).";
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "hit"}},
                         [requirements] { return requirements->counts().hits; });
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "miss"}},
                         [requirements] { return requirements->counts().misses; });
  metrics->SampleGauge("countersign_requirement_cache_entries",
                       "Images of which that is remembered, for a second.", {},
                       [requirements] { return requirements->counts().entries; });
  metrics->SampleGauge("countersign_requirement_cache_bytes", "Memory that they take, about.", {},
                       [requirements] { return requirements->counts().bytes; });
}

void AddMemoryMetrics(const Examiner* examiner, base::Metrics* metrics) {
  metrics->SampleCounter("countersign_stale_evidence_uses_total",
                         "Images that were verified by evidence beyond its time, since their "
                         "registry could not be reached.",
                         {}, [examiner] { return examiner->aged_uses(); });
}

void AddMemoryMetrics(const base::ByteBudget* bytes, base::Metrics* metrics) {
  metrics->SampleGauge("countersign_registry_bytes_held",
                       "Bytes that registries sent and that are held until they are checked.", {},
                       [bytes] { return bytes->held(); });
  metrics->SampleGauge("countersign_registry_bytes_limit", "How many may be held.", {},
                       [bytes] { return bytes->total(); });
  metrics->SampleCounter("countersign_registry_bytes_refused_total",
                         "Times that there was no room for what a registry sent.", {},
                         [bytes] { return bytes->refused(); });
}

void AddMemoryMetrics(const SignatureJudge* judge, base::Metrics* metrics) {
  metrics->SampleCounter("countersign_signature_work_units_total",
                         "Public-key work for checking signatures; an ECDSA P-256 verification is "
                         "one unit.",
                         {}, [judge] { return judge->counts().units; });
  metrics->SampleGauge("countersign_signature_work_waiting",
                       "Images whose signatures wait for their turn to be checked.", {},
                       [judge] { return judge->counts().waiting; });
  constexpr char kReads[] = "countersign_proof_cache_reads_total";
  constexpr char kReadsHelp[] =
      "Times that what came of a signature and a key was looked for in memory: there (hit) or not "
      "(miss).";
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "hit"}},
                         [judge] { return judge->counts().proofs.hits; });
  metrics->SampleCounter(kReads, kReadsHelp, {{"result", "miss"}},
                         [judge] { return judge->counts().proofs.misses; });
  metrics->SampleGauge("countersign_proof_cache_entries",
                       "Signatures and keys of which it is remembered what came of them.", {},
                       [judge] { return judge->counts().proofs.entries; });
  metrics->SampleGauge("countersign_proof_cache_bytes", "Memory that they take, about.", {},
                       [judge] { return judge->counts().proofs.bytes; });
}

void AddMemoryMetrics(const registry::HttpRegistry* registry, base::Metrics* metrics) {
  metrics->SampleGauge("countersign_token_cache_entries",
                       "Registries' tokens, and how registries and repositories want to be asked.",
                       {}, [registry] { return registry->memory().entries; });
  metrics->SampleGauge("countersign_token_cache_bytes", "Memory that they take, about.", {},
                       [registry] { return registry->memory().bytes; });
}

void AddMemoryMetrics(const CredentialFinder* credentials, base::Metrics* metrics) {
  base::AddShareMetrics("countersign_pull_secret_bytes",
                        "Memory of pull secrets that are kept while images are looked at, in bytes",
                        {}, &credentials->kept_secrets(), metrics);
}

}  // namespace countersign::verifier
