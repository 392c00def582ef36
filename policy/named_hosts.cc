#include "policy/named_hosts.h"

#include <variant>

#include "absl/status/statusor.h"
#include "oci/host_and_port.h"
#include "oci/registry_name.h"
#include "policy/policy.h"

namespace countersign::policy {
namespace {

using Hosts = absl::flat_hash_set<std::string>;

// As what stands before the first `/` of a reference: otherwise it is a part of a path on Docker Hub.
bool IsRegistry(std::string_view text) {
  return text == "localhost" || text.find_first_of(".:") != std::string_view::npos;
}

void AddHost(std::string_view text, Hosts& hosts) {
  if (!IsRegistry(text)) return;
  // Which refuses stars, too.
  const absl::StatusOr<std::string> name = oci::ParseRegistryName(text);
  if (name.ok()) hosts.insert(std::string(NamedHost(*name)));
}

void AddHostOf(std::string_view pattern, Hosts& hosts) {
  const size_t slash = pattern.find('/');
  if (slash != std::string_view::npos) AddHost(pattern.substr(0, slash), hosts);
}

void AddImages(const Policy& policy, Hosts& hosts) {
  if (const auto* pattern = std::get_if<NamePattern>(&policy.images)) {
    AddHostOf(pattern->text(), hosts);
  } else {
    for (const ImageGlob& glob : std::get<GlobImages>(policy.images).globs) {
      AddHostOf(glob.text(), hosts);
    }
  }
}

void AddSources(const Policy& policy, Hosts& hosts) {
  for (const AuthorityPtr& authority : policy.authorities) {
    if (authority == nullptr || authority->source == nullptr) continue;
    if (authority->source->repository) AddHost(authority->source->repository->registry, hosts);
    if (authority->source->registry) AddHost(*authority->source->registry, hosts);
  }
}

}  // namespace

Hosts NamedHosts(const Policies& policies) {
  Hosts hosts;
  for (const Policy& policy : policies.all()) {
    AddImages(policy, hosts);
    AddSources(policy, hosts);
  }
  return hosts;
}

std::string_view NamedHost(std::string_view registry) {
  if (oci::IsDockerHub(registry)) return oci::kDockerHub;
  return oci::WithoutHttpsPort(registry);
}

}  // namespace countersign::policy
