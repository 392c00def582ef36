#ifndef COUNTERSIGN_VERIFIER_MEMORY_METRICS_H_
#define COUNTERSIGN_VERIFIER_MEMORY_METRICS_H_

#include "base/byte_budget.h"
#include "base/metrics.h"
#include "registry/http_registry.h"
#include "verifier/credentials/caching_secret_reader.h"
#include "verifier/credentials/credential_finder.h"
#include "verifier/evidence/evidence_gatherer.h"
#include "verifier/evidence/examiner.h"
#include "verifier/evidence/signature_judge.h"
#include "verifier/serving/requirement_memory.h"

namespace countersign::verifier {

// What is remembered, and how often that helped: countersign_object_cache_* for Secrets and service
// accounts, countersign_signature_cache_* for signatures, countersign_grant_cache_* for who may have
// them, countersign_tag_cache_* for what tags mean and countersign_requirement_cache_* for what is asked
// of images; and what served beyond its time (countersign_stale_evidence_uses_total). Then what is held
// of registries' answers (countersign_registry_bytes_*); the work of checking signatures
// (countersign_signature_work_*), and what is remembered of it (countersign_proof_cache_*); and the
// memory of registries' tokens and challenges (countersign_token_cache_*); and what is kept of pull
// secrets while images are looked at (countersign_pull_secret_bytes_*). All must live as long as
// `metrics` may be written.
void AddMemoryMetrics(const CachingSecretReader* objects, base::Metrics* metrics);
void AddMemoryMetrics(const EvidenceGatherer* evidence, base::Metrics* metrics);
void AddMemoryMetrics(const RequirementMemory* requirements, base::Metrics* metrics);
void AddMemoryMetrics(const Examiner* examiner, base::Metrics* metrics);
void AddMemoryMetrics(const base::ByteBudget* bytes, base::Metrics* metrics);
void AddMemoryMetrics(const SignatureJudge* judge, base::Metrics* metrics);
void AddMemoryMetrics(const registry::HttpRegistry* registry, base::Metrics* metrics);
void AddMemoryMetrics(const CredentialFinder* credentials, base::Metrics* metrics);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_MEMORY_METRICS_H_
