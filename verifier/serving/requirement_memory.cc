#include "verifier/serving/requirement_memory.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/allocated_bytes.h"
#include "policy/look_plan.h"
#include "policy/object_match.h"

namespace countersign::verifier {
namespace {

// Each text with its length, so that no two workloads write the same.
void Append(std::string_view text, std::string& key) {
  const size_t size = text.size();
  key.append(reinterpret_cast<const char*>(&size), sizeof(size));
  key.append(text);
}

void Append(const policy::Labels& labels, std::string& key) {
  const size_t size = labels.size();
  key.append(reinterpret_cast<const char*>(&size), sizeof(size));
  for (const auto& [name, value] : labels) {
    Append(name, key);
    Append(value, key);
  }
}

// All of a workload that decides what is asked in it, but for the moment. The labels of its namespace
// are theirs who have the same object.
std::string Describe(const policy::Policies& in_force, const policy::Workload& workload) {
  std::string key(1, workload.allow_unmatched_images ? '+' : '-');
  Append(workload.workload_namespace, key);
  const auto labels = reinterpret_cast<uintptr_t>(workload.namespace_labels.get());
  key.append(reinterpret_cast<const char*>(&labels), sizeof(labels));
  if (!in_force.tells_objects_apart()) return key;
  key.push_back(workload.object.has_value() ? '+' : '-');
  if (!workload.object.has_value()) return key;
  Append(workload.object->api_group, key);
  Append(workload.object->api_version, key);
  Append(workload.object->resource, key);
  Append(workload.object->labels, key);
  return key;
}

// What is remembered takes, with what it is found by. A requirement that several have counts for each.
size_t BytesOf(const std::string& key, const RememberedRequirement& asked) {
  // Of a clause or an asked authority, with what lists of them allocate.
  constexpr size_t kBytesOfPart = 256;
  const policy::Requirement& requirement = *asked.requirement;
  size_t parts = requirement.asked.size() + requirement.sources.size();
  for (const policy::Demand& demand : requirement.demands) {
    for (const policy::Clause& clause : demand.clauses) parts += 1 + clause.any_of.size();
  }
  for (const policy::LookPlan::Stage& stage : requirement.plan.stages) parts += stage.size();
  return 2 * base::AllocatedBytes(key.size()) +
         4 * base::AllocatedBytes(asked.image.text().size()) + sizeof(RememberedRequirement) +
         sizeof(policy::Requirement) + base::AllocatedBytes(requirement.selection) +
         parts * kBytesOfPart;
}

}  // namespace

std::shared_ptr<RequirementMemory::Table> RequirementMemory::TableAt(
    const policy::PoliciesPtr& in_force, absl::Time now) {
  std::shared_ptr<Table> old;  // goes when nobody waits for that
  absl::MutexLock lock(&mutex_);
  if (table_ != nullptr && table_->in_force == in_force) {
    if (now >= table_->from && now < table_->until) return table_;
    // Whoever looked at the clock just before this was begun.
    if (now < table_->from && now >= table_->from - options_.life) return nullptr;
  }
  old = std::exchange(
      table_, std::make_shared<Table>(in_force, now,
                                      std::min(now + options_.life, in_force->NextChange(now))));
  return table_;
}

RequirementMemory::Counts RequirementMemory::counts() const {
  Counts counts = {.hits = hits_, .misses = misses_};
  std::shared_ptr<Table> table;
  {
    absl::MutexLock lock(&mutex_);
    table = table_;
  }
  if (table == nullptr) return counts;
  absl::MutexLock lock(&table->mutex);
  counts.entries = table->known.size();
  counts.bytes = table->bytes;
  return counts;
}

RequirementMemory::OfWorkload RequirementMemory::For(const policy::PoliciesPtr& in_force,
                                                     const policy::Workload& workload) {
  return OfWorkload(this, TableAt(in_force, workload.now), workload);
}

RequirementMemory::OfWorkload::OfWorkload(RequirementMemory* memory, std::shared_ptr<Table> table,
                                          const policy::Workload& workload)
    : memory_(memory), table_(std::move(table)), labels_(workload.namespace_labels) {
  if (table_ != nullptr) workload_ = Describe(*table_->in_force, workload);
}

std::string RequirementMemory::OfWorkload::KeyOf(std::string_view image) const {
  std::string key;
  key.reserve(workload_.size() + image.size());
  key.append(workload_).append(image);
  return key;
}

RememberedRequirementPtr RequirementMemory::OfWorkload::Find(std::string_view image) {
  RememberedRequirementPtr found;
  if (table_ != nullptr) {
    const std::string key = KeyOf(image);
    absl::MutexLock lock(&table_->mutex);
    const auto known = table_->known.find(key);
    if (known != table_->known.end()) found = known->second;
  }
  ++(found == nullptr ? memory_->misses_ : memory_->hits_);
  return found;
}

void RequirementMemory::OfWorkload::Keep(std::string_view image, RememberedRequirementPtr asked) {
  if (table_ == nullptr) return;
  std::string key = KeyOf(image);
  const size_t bytes = BytesOf(key, *asked);
  if (bytes > memory_->options_.max_entry_bytes) return;
  absl::MutexLock lock(&table_->mutex);
  if (table_->bytes + bytes > memory_->options_.max_bytes) return;
  if (!table_->known.try_emplace(std::move(key), std::move(asked)).second) return;
  table_->bytes += bytes;
  table_->labels.insert(labels_);
}

}  // namespace countersign::verifier
