#include "base/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace countersign::base {
namespace {

// zlib's for the largest window, with a header and trailer of gzip and of nothing else.
constexpr int kGzipWindow = 16 + MAX_WBITS;
constexpr size_t kPieceBytes = 64 << 10;
constexpr std::string_view kMagic = "\x1f\x8b";

absl::Status Refuse(std::string_view reason) { return absl::InvalidArgumentError(reason); }

// One member, appended to `out`; gives how many bytes of `file` it took.
absl::StatusOr<size_t> DecodeMember(std::string_view file, size_t max_bytes, std::string& out) {
  if (!file.starts_with(kMagic)) return Refuse("invalid header");
  z_stream stream = {};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return absl::InternalError("zlib does not begin");
  const absl::Cleanup end = [&stream] { inflateEnd(&stream); };
  // zlib reads through this and never writes.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(file.data()));
  stream.avail_in = static_cast<uInt>(file.size());
  std::string piece(kPieceBytes, '\0');
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    const size_t made = piece.size() - stream.avail_out;
    if (made > max_bytes - out.size()) {
      return absl::ResourceExhaustedError(absl::StrCat("it holds more than ", max_bytes, " bytes"));
    }
    out.append(piece, 0, made);
    if (result == Z_STREAM_END) return file.size() - stream.avail_in;
    // Without room it would have gone on: there is always some, so the input has ended.
    if (result == Z_BUF_ERROR) return Refuse("unexpected end");
    if (result != Z_OK) return Refuse("it is damaged");
  }
}

}  // namespace

absl::StatusOr<std::string> DecodeGzip(std::string_view file, size_t max_bytes) {
  if (file.size() > std::numeric_limits<uInt>::max()) return Refuse("it is too long");
  std::string out;
  do {
    const absl::StatusOr<size_t> taken = DecodeMember(file, max_bytes, out);
    if (!taken.ok()) return taken.status();
    file.remove_prefix(*taken);
  } while (!file.empty());
  return out;
}

}  // namespace countersign::base
