#include "policy/sigstore/trust_root.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "policy/sigstore/sigstore_keys.h"
#include "policy/sigstore/trust_root_fields.h"
#include "tuf/archive.h"
#include "tuf/failure.h"
#include "tuf/file_update.h"
#include "tuf/signatures.h"
#include "tuf/verification.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kNoClient = "failed to construct a TUF client";
constexpr size_t kMaxUrlBytes = 2048;
constexpr size_t kMaxTargetNameBytes = 512;

// A path below a URL that needs no escape in it.
bool IsPath(std::string_view text) {
  if (text.empty() || text.size() > kMaxTargetNameBytes) return false;
  const auto is_plain = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("-._~/+@:").find(c) != std::string_view::npos;
  };
  if (!std::all_of(text.begin(), text.end(), is_plain)) return false;
  const std::vector<std::string_view> parts = absl::StrSplit(text, '/');
  return std::none_of(parts.begin(), parts.end(), [](std::string_view part) {
    return part.empty() || part == "." || part == "..";
  });
}

// Whether it is one that files can be asked for below it; the HTTP client reads it to the letter.
bool IsMirrorUrl(std::string_view url) {
  if (url.size() > kMaxUrlBytes) return false;
  const auto is_odd = [](char c) {
    return !absl::ascii_isgraph(static_cast<unsigned char>(c)) || c == '?' || c == '#' ||
           c == '@' || c == '\\';
  };
  if (std::any_of(url.begin(), url.end(), is_odd)) return false;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    url.remove_prefix(scheme.size());
    return !url.empty() && url.front() != '/' && url.front() != ':';
  }
  return false;
}

std::string RootOf(const TrustRootFields& fields) {
  const std::optional<std::string> root = fields.Bytes("root");
  if (!root) {
    if (!fields.Has("root")) fields.Missing("root");
    return "";
  }
  const absl::StatusOr<base::Json> json = base::ParseJson(*root, {.max_bytes = tuf::kMaxRootBytes});
  if (!json.ok()) {
    fields.Invalid("root", "failed to unmarshal", json.status().message());
    return "";
  }
  if (base::FindMember(*json, "signatures") == nullptr) {
    fields.Invalid("root", "missing signatures in root.json", "no signatures");
    return "";
  }
  tuf::SignatureBudget budget;
  const std::variant<tuf::Failure, tuf::Root> verified = tuf::VerifyFirstRoot(*root, budget);
  if (const auto* const failure = std::get_if<tuf::Failure>(&verified)) {
    fields.Invalid("root", kNoClient, failure->sentence);
    return "";
  }
  return *root;
}

tuf::TargetNames NamesOf(const TrustRootFields& fields) {
  tuf::TargetNames names;
  const auto take = [&fields](std::string_view name, std::string& into) {
    std::string given = fields.Text(name);
    if (given.empty()) return;
    if (!IsPath(given)) fields.Invalid(name, given, "it is no path below the mirror");
    into = std::move(given);
  };
  take("targets", names.targets_folder);
  take("trustedRootTarget", names.target);
  return names;
}

RemoteRepository ReadRemote(const TrustRootFields& fields) {
  fields.RefuseOthers({"mirror", "root", "targets", "trustedRootTarget"});
  RemoteRepository remote;
  remote.mirror = fields.RequiredText("mirror");
  if (!remote.mirror.empty() && !IsMirrorUrl(remote.mirror)) {
    fields.Invalid("mirror", remote.mirror, "it is no http or https URL of a folder");
  }
  remote.root = RootOf(fields);
  remote.names = NamesOf(fields);
  return remote;
}

PackedRepository ReadRepository(const TrustRootFields& fields) {
  fields.RefuseOthers({"mirrorFS", "root", "targets", "trustedRootTarget"});
  PackedRepository repository;
  std::optional<std::string> archive = fields.Bytes("mirrorFS");
  if (archive && !archive->empty()) {
    repository.archive = *std::move(archive);
  } else if (archive || !fields.Has("mirrorFS")) {
    fields.Missing("mirrorFS");
  }
  repository.root = RootOf(fields);
  repository.names = NamesOf(fields);
  return repository;
}

absl::StatusOr<StatedRoot> RootOfText(std::string_view json) {
  CS_ASSIGN_OR_RETURN(cosign::TrustedRoot root, cosign::ParseTrustedRoot(json));
  return StatedRoot{std::make_shared<const cosign::TrustedRoot>(std::move(root)), json.size()};
}

void CheckIdentity(const TrustRootFields& object) {
  const std::string version = object.Text("apiVersion");
  if (!version.starts_with(absl::StrCat(kTrustRootGroup, "/"))) {
    object.Invalid("apiVersion", version,
                   absl::StrCat("it must be ", kTrustRootGroup, "/", kTrustRootVersion));
  }
  const std::string kind = object.Text("kind");
  if (kind != kTrustRootKind) {
    object.Invalid("kind", kind, absl::StrCat("it must be ", kTrustRootKind));
  }
}

// Reads the one of the three that is there.
void ReadSpec(const TrustRootFields& spec, TrustRoot& root) {
  spec.RefuseOthers({"remote", "repository", "sigstoreKeys"});
  const auto given = spec.Has("remote") + spec.Has("repository") + spec.Has("sigstoreKeys");
  if (given != 1) {
    spec.Add(given == 0 ? "expected exactly one, got neither" : "expected exactly one, got both",
             {"remote", "repository", "sigstoreKeys"});
    return;
  }
  if (const auto remote = spec.Object("remote")) root.source = ReadRemote(*remote);
  if (const auto repository = spec.Object("repository")) root.source = ReadRepository(*repository);
  const auto keys = spec.Object("sigstoreKeys");
  if (!keys) return;
  const std::string json = TrustedRootOfKeys(*keys);
  if (!root.errors.empty()) return;
  absl::StatusOr<StatedRoot> stated = RootOfText(json);
  if (stated.ok()) {
    root.source = *std::move(stated);
  } else {
    spec.Invalid("sigstoreKeys", "they make no trusted root", stated.status().message());
  }
}

}  // namespace

TrustRoot ReadTrustRoot(const base::Json& object) {
  TrustRoot root;
  const TrustRootFields fields(object, root.errors);
  fields.RefuseOthers({"apiVersion", "kind", "metadata", "spec", "status"});
  CheckIdentity(fields);
  if (const auto metadata = fields.Object("metadata")) root.name = metadata->Text("name");
  if (root.name.empty()) fields.Missing("metadata.name");
  if (const auto spec = fields.Object("spec")) {
    ReadSpec(*spec, root);
  } else if (!fields.Has("spec")) {
    fields.Add("expected exactly one, got neither",
               {"spec.remote", "spec.repository", "spec.sigstoreKeys"});
  }
  if (!root.errors.empty()) root.source = std::monostate();
  return root;
}

absl::StatusOr<OpenedRepository> OpenRepository(const PackedRepository& repository,
                                                absl::Time now) {
  absl::StatusOr<tuf::Files> files = tuf::ReadArchive(repository.archive);
  if (!files.ok()) return base::Annotate("failed to uncompress", files.status());
  const std::variant<tuf::Failure, tuf::Done> end =
      tuf::UpdateFromFiles(*std::move(files), repository.root, now, repository.names);
  if (const auto* const failure = std::get_if<tuf::Failure>(&end)) {
    return tuf::NotAccepted(*failure);
  }
  const tuf::Done& done = std::get<tuf::Done>(end);
  absl::StatusOr<StatedRoot> root = RootOfText(done.target);
  if (!root.ok()) return base::Annotate(repository.names.target, root.status());
  return OpenedRepository{*std::move(root), done.expires};
}

std::vector<FieldError> ValidateTrustRoot(const base::Json& object, absl::Time now) {
  TrustRoot root = ReadTrustRoot(object);
  const auto* const repository = std::get_if<PackedRepository>(&root.source);
  if (repository == nullptr) return std::move(root.errors);
  const absl::Status opened = OpenRepository(*repository, now).status();
  if (opened.ok()) return {};
  return {{absl::StrCat("invalid value: ", kNoClient),
           {"spec.repository.mirrorFS"},
           base::Printable(std::string_view(opened.message().data(), opened.message().size()))}};
}

}  // namespace countersign::policy
