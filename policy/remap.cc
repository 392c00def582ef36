#include "policy/remap.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kAnything = "/*";
// A name that stands for what the `*` does, so that the rest is read as a name is.
constexpr std::string_view kStandIn = "/x";

bool EndsInAnything(std::string_view text) {
  return text.size() > kAnything.size() && text.substr(text.size() - kAnything.size()) == kAnything;
}

absl::StatusOr<oci::Repository> ReadRepository(std::string_view text, bool is_prefix) {
  std::string name(text);
  if (is_prefix) {
    name.resize(name.size() - kAnything.size());
    name += kStandIn;
  }
  absl::StatusOr<oci::ImageReference> read = oci::ImageReference::Parse(name);
  if (!read.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(base::Quoted(text), " is no repository: ", read.status().message()));
  }
  if (!read->names_registry() || read->digest().has_value() ||
      read->FullName() != absl::StrCat(read->repository().ToString(), ":latest")) {
    return absl::InvalidArgumentError(absl::StrCat(
        base::Quoted(text), " must be a registry and a repository in it, without tag or digest"));
  }
  oci::Repository repository = read->repository();
  if (is_prefix) {
    const size_t stand_in = repository.path == "x" ? 1 : kStandIn.size();
    repository.path = repository.path.substr(0, repository.path.size() - stand_in);
  }
  return repository;
}

}  // namespace

absl::StatusOr<Remap> Remap::Parse(std::string_view from, std::string_view to) {
  Remap remap;
  remap.from_ = std::string(from);
  remap.to_ = std::string(to);
  remap.is_prefix_ = EndsInAnything(from);
  if (remap.is_prefix_ != EndsInAnything(to)) {
    return absl::InvalidArgumentError("`from` and `to` must both end in /*, or neither of them");
  }
  CS_ASSIGN_OR_RETURN(remap.mirror_, ReadRepository(from, remap.is_prefix_));
  CS_ASSIGN_OR_RETURN(remap.original_, ReadRepository(to, remap.is_prefix_));
  return remap;
}

std::optional<oci::Repository> Remap::Apply(const oci::Repository& image) const {
  if (image.registry != mirror_.registry) return std::nullopt;
  if (!is_prefix_) return image.path == mirror_.path ? std::optional(original_) : std::nullopt;
  std::string_view rest = image.path;
  if (!mirror_.path.empty()) {
    const std::string prefix = absl::StrCat(mirror_.path, "/");
    if (rest.substr(0, prefix.size()) != prefix) return std::nullopt;
    rest.remove_prefix(prefix.size());
  }
  return oci::Repository{
      .registry = original_.registry,
      .path = original_.path.empty() ? std::string(rest) : absl::StrCat(original_.path, "/", rest)};
}

std::optional<oci::Repository> RemappedTo(absl::Span<const Remap> remaps,
                                          const oci::Repository& image) {
  for (const Remap& remap : remaps) {
    if (std::optional<oci::Repository> found = remap.Apply(image)) return found;
  }
  return std::nullopt;
}

}  // namespace countersign::policy
