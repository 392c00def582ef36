#include "base/test_gzip.h"

#include <zlib.h>

#include <cstdlib>

namespace countersign::base {

std::string EncodeTestGzip(std::string_view bytes) {
  constexpr int kGzipWindow = 16 + MAX_WBITS;
  constexpr int kMemory = 8;
  z_stream stream = {};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    std::abort();
  }
  std::string file(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(file.data());
  stream.avail_out = static_cast<uInt>(file.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  file.resize(stream.total_out);
  deflateEnd(&stream);
  return file;
}

}  // namespace countersign::base
