#include "cli/tree_report.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/json.h"

namespace countersign::cli {
namespace {

using base::Json;

// What stands in one place of the tree, and below it.
struct Node {
  std::vector<std::string> lines;  // at least one
  std::vector<Node> children;
};

void Append(const Node& node, std::string_view before_first, std::string_view before_others,
            std::string& text) {
  for (size_t i = 0; i < node.lines.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? before_first : before_others, node.lines[i], "\n");
  }
  for (size_t i = 0; i < node.children.size(); ++i) {
    const bool is_last = i + 1 == node.children.size();
    Append(node.children[i], absl::StrCat(before_others, is_last ? "└── " : "├── "),
           absl::StrCat(before_others, is_last ? "    " : "│   "), text);
  }
}

// Two texts, with what is between them, or the one that is not empty.
std::string Joined(std::string_view first, std::string_view between, std::string_view second) {
  return absl::StrCat(first, first.empty() || second.empty() ? "" : between, second);
}

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

std::string_view WordOf(Standing standing) {
  switch (standing) {
    case Standing::kVerified:
      return "verified";
    case Standing::kRefused:
      return "refused";
    case Standing::kNotChecked:
      return "not checked";
    case Standing::kUnspecified:
      break;
  }
  return "";
}

// What a piece is.
std::string TitleOf(const TreePiece& piece) {
  switch (piece.kind) {
    case PieceKind::kSignature:
      return "signature";
    case PieceKind::kAttestation:
      return absl::StrCat("attestation ", piece.type);
    case PieceKind::kOther:
      return piece.type.empty() ? "no evidence" : piece.type;
    case PieceKind::kUnspecified:
      break;
  }
  return piece.standing == Standing::kUnspecified ? "unreadable" : "evidence";
}

std::string WhoOf(const TreePiece& piece) {
  if (!piece.is_certified) {
    return Joined("by a key", ", called ", piece.key_hint);
  }
  const std::string names =
      piece.subjects.empty() ? "somebody unnamed" : absl::StrJoin(piece.subjects, ", ");
  if (piece.issuer.empty()) return absl::StrCat("by ", names);
  return absl::StrCat("by ", names, ", as ", piece.issuer, " says");
}

// When it was signed, and as which entries that is known; "": nobody says.
std::string WhenOf(const TreePiece& piece) {
  const auto append_time = [](std::string* out, absl::Time time) {
    absl::StrAppend(out, Rfc3339(time));
  };
  const std::string times =
      piece.times.empty() ? "" : absl::StrCat("at ", absl::StrJoin(piece.times, ", ", append_time));
  const std::string entries =
      piece.log_indexes.empty()
          ? ""
          : absl::StrCat("logged as entry ", absl::StrJoin(piece.log_indexes, ", "));
  return Joined(times, "; ", entries);
}

Node NodeOf(const TreePiece& piece) {
  const bool is_judged = piece.standing != Standing::kUnspecified;
  std::string first = Joined(TitleOf(piece), "  ", WordOf(piece.standing));
  if (piece.kind == PieceKind::kOther) first = Joined(first, "  ", piece.media_type);
  Node node = {.lines = {Joined(first, "  ", piece.digest)}};
  if (is_judged) {
    node.lines.push_back(Joined(WhoOf(piece), "; ", piece.reason));
  } else if (!piece.reason.empty()) {
    node.lines.push_back(piece.reason);
  }
  if (std::string when = WhenOf(piece); !when.empty()) node.lines.push_back(std::move(when));
  return node;
}

Node Unreadable(std::string_view why) { return {.lines = {absl::StrCat("unreadable: ", why)}}; }

Node NodeOf(const TreeManifest& manifest) {
  Node node = {.lines = {Joined(manifest.digest, "  ", manifest.artifact_type)}};
  if (!manifest.fault.empty()) node.children.push_back(Unreadable(manifest.fault));
  for (const TreePiece& piece : manifest.pieces) node.children.push_back(NodeOf(piece));
  if (manifest.more_pieces > 0) {
    node.children.push_back(
        {.lines = {absl::StrCat(manifest.more_pieces, " more, which were not looked at")}});
  }
  return node;
}

std::string TitleOf(const TreeBranch& branch) {
  switch (branch.place) {
    case TreePlace::kSignatureTag:
    case TreePlace::kAttestationTag:
    case TreePlace::kSbomTag:
      return absl::StrCat("tag ", branch.tag);
    case TreePlace::kReferrersApi:
      return "referrers, as the registry lists them";
    case TreePlace::kReferrersTag:
      return absl::StrCat("referrers, as the tag ", branch.tag, " lists them");
    case TreePlace::kUnspecified:
      break;
  }
  return "";
}

Node NodeOf(const TreeBranch& branch) {
  Node node = {.lines = {TitleOf(branch)}};
  for (const std::string& fault : branch.faults) node.children.push_back(Unreadable(fault));
  for (const TreeManifest& manifest : branch.manifests) node.children.push_back(NodeOf(manifest));
  return node;
}

void AddBranches(const std::vector<TreeBranch>& branches, Node& node) {
  for (const TreeBranch& branch : branches) node.children.push_back(NodeOf(branch));
  if (node.children.empty()) node.children.push_back({.lines = {"nothing"}});
}

Node NodeOf(const TreeSource& source) {
  const std::string tags = source.tag_prefix.empty()
                               ? ""
                               : absl::StrCat(", under tags with the prefix ", source.tag_prefix);
  Node node = {.lines = {absl::StrCat("in ", source.repository, tags)}};
  if (!source.fault.empty()) node.children.push_back(Unreadable(source.fault));
  AddBranches(source.branches, node);
  return node;
}

std::string_view NameOf(PieceKind kind) {
  switch (kind) {
    case PieceKind::kSignature:
      return "signature";
    case PieceKind::kAttestation:
      return "attestation";
    case PieceKind::kOther:
      return "other";
    case PieceKind::kUnspecified:
      break;
  }
  return "unknown";
}

std::string_view NameOf(Standing standing) {
  return standing == Standing::kNotChecked ? "notChecked" : WordOf(standing);
}

std::string_view NameOf(TreePlace place) {
  switch (place) {
    case TreePlace::kSignatureTag:
      return "signatureTag";
    case TreePlace::kAttestationTag:
      return "attestationTag";
    case TreePlace::kSbomTag:
      return "sbomTag";
    case TreePlace::kReferrersApi:
      return "referrersApi";
    case TreePlace::kReferrersTag:
      return "referrersTag";
    case TreePlace::kUnspecified:
      break;
  }
  return "";
}

// Adds a member that is not empty.
void Add(const char* name, std::string_view text, Json& object) {
  if (!text.empty()) object[name] = text;
}

Json JsonOf(const TreePiece& piece) {
  Json json = {{"kind", NameOf(piece.kind)}};
  Add("type", piece.type, json);
  Add("digest", piece.digest, json);
  Add("mediaType", piece.media_type, json);
  Add("standing", NameOf(piece.standing), json);
  Add("reason", piece.reason, json);
  if (piece.is_certified) {
    Json& certificate = json["certificate"] = Json::object();
    Add("issuer", piece.issuer, certificate);
    if (!piece.subjects.empty()) certificate["subjects"] = piece.subjects;
  } else if (piece.standing != Standing::kUnspecified) {
    json["key"] = Json::object();
    Add("hint", piece.key_hint, json["key"]);
  }
  for (const absl::Time time : piece.times) json["times"].push_back(Rfc3339(time));
  if (!piece.log_indexes.empty()) json["logIndexes"] = piece.log_indexes;
  return json;
}

Json JsonOf(const TreeManifest& manifest) {
  Json layers = Json::array();
  for (const TreePiece& piece : manifest.pieces) layers.push_back(JsonOf(piece));
  Json json = {{"digest", manifest.digest}, {"layers", std::move(layers)}};
  Add("artifactType", manifest.artifact_type, json);
  Add("fault", manifest.fault, json);
  if (manifest.more_pieces > 0) json["moreLayers"] = manifest.more_pieces;
  return json;
}

Json JsonOf(const TreeBranch& branch) {
  Json manifests = Json::array();
  for (const TreeManifest& manifest : branch.manifests) manifests.push_back(JsonOf(manifest));
  Json json = {{"place", NameOf(branch.place)}, {"manifests", std::move(manifests)}};
  Add("tag", branch.tag, json);
  if (!branch.faults.empty()) json["faults"] = branch.faults;
  return json;
}

Json PlacesOf(const std::vector<TreeBranch>& branches) {
  Json places = Json::array();
  for (const TreeBranch& branch : branches) places.push_back(JsonOf(branch));
  return places;
}

Json JsonOf(const TreeSource& source) {
  Json json = {{"repository", source.repository}, {"places", PlacesOf(source.branches)}};
  Add("tagPrefix", source.tag_prefix, json);
  Add("fault", source.fault, json);
  return json;
}

}  // namespace

std::string WriteText(const ImageTree& tree) {
  Node root = {.lines = {Joined(tree.image, "  ", tree.digest)}};
  if (tree.source.has_value()) {
    Node beside = {.lines = {absl::StrCat("beside the image, in ", tree.repository)}};
    AddBranches(tree.branches, beside);
    root.children.push_back(std::move(beside));
    root.children.push_back(NodeOf(*tree.source));
  } else {
    AddBranches(tree.branches, root);
  }
  std::string text;
  Append(root, "", "", text);
  return text;
}

std::string WriteJson(const ImageTree& tree) {
  Json report = {{"image", tree.image},
                 {"digest", tree.digest},
                 {"complete", tree.is_complete},
                 {"places", PlacesOf(tree.branches)}};
  if (tree.source.has_value()) report["source"] = JsonOf(*tree.source);
  // In ASCII, since it may be read on a terminal, too.
  return report.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace countersign::cli
