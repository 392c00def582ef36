/* Included before every C file of BoringSSL. Its optional allocator hooks are weak references with default
 * visibility, the only names that would otherwise reach a program's dynamic symbol table. */
#ifndef __ASSEMBLER__
#include <stddef.h>

#define COUNTERSIGN_HIDDEN __attribute__((weak, visibility("hidden")))
void *OPENSSL_memory_alloc(size_t size) COUNTERSIGN_HIDDEN;
void OPENSSL_memory_free(void *ptr) COUNTERSIGN_HIDDEN;
size_t OPENSSL_memory_get_size(void *ptr) COUNTERSIGN_HIDDEN;
void sdallocx(void *ptr, size_t size, int flags) COUNTERSIGN_HIDDEN;
#undef COUNTERSIGN_HIDDEN
#endif
