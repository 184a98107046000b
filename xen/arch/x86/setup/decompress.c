/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A home for library code compiled for ordinary programs: it keeps data below its stack pointer (so no
 * interrupt may come while it runs on a stack of its own), reads a stack guard at %fs:0x28, uses SSE
 * registers, and wants malloc(). Interrupts are let in between slices.
 */
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/softirq.h>
#include <xen/unpack.h>
#include <asm/processor.h>

#define LIBRARY_STACK_ORDER 5           /* 128 KiB: frames of 17 KiB have been seen */
#define ARENA_MAX_ORDER     16       /* 256 MiB; xz needs its dictionary's size, 128 MiB at most in kernels */
#define ARENA_MIN_ORDER     9

/* malloc's memory: handed out upwards, given back all at once. */
static char *arena init_data, *arena_end init_data;

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void free(void *p);
void noreturn __stack_chk_fail(void);
unsigned long ZSTD_trace_decompress_begin(const void *dctx);
void ZSTD_trace_decompress_end(unsigned long ctx, const void *trace);

init_text void *malloc(size_t size)
{
    char *p = arena;

    if (size > (size_t)(arena_end - arena))      /* a multiple of 64, as what is taken of it */
        return NULL;
    arena += ROUND_UP(size, 64ul);
    return p;
}

init_text void *calloc(size_t n, size_t size)
{
    void *p = size && n > SIZE_MAX / size ? NULL : malloc(n * size);

    return p ? memset(p, 0, n * size) : NULL;
}

init_text void free(void *p)
{
}

init_text void __stack_chk_fail(void)
{
    panic("Stack overrun while unpacking domain 0's kernel");
}

/* Hooks of libzstd for tracing, which a program may define; 0: no trace wanted. */
init_text unsigned long ZSTD_trace_decompress_begin(const void *dctx)
{
    return 0;
}

init_text void ZSTD_trace_decompress_end(unsigned long ctx, const void *trace)
{
}

extern void (*const unpack_constructors_start[])(void), (*const unpack_constructors_end[])(void);

static init_text int run_constructors(struct unpack *u)
{
    for (unsigned i = 0; i < unpack_constructors_end - unpack_constructors_start; i++)
        unpack_constructors_start[i]();
    return 0;
}

static init_text int on_stack(void *top, int (*fn)(struct unpack *u), struct unpack *u)
{
    long rc;

    __asm__ volatile ("mov %%rsp, %%rbx\n"
                      "mov %1, %%rsp\n"
                      "call *%2\n"
                      "mov %%rbx, %%rsp\n"
                      : "=a" (rc), "+r" (top), "+r" (fn), "+D" (u)
                      :: "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
    return rc;
}

static init_text int run_slices(struct unpack *u, void *stack_top)
{
    static uint64_t thread_block[8] init_data;      /* what FS points to: the guard is at 0x28 */
    int rc;

    clts();
    wrmsr(MSR_FS_BASE, (unsigned long)thread_block);
    local_irq_disable();
    on_stack(stack_top, run_constructors, u);
    local_irq_enable();
    do {
        local_irq_disable();
        rc = on_stack(stack_top, unpack_slice, u);
        local_irq_enable();
        process_pending_softirqs();
    } while (rc > 0);
    wrmsr(MSR_FS_BASE, 0);
    return rc;
}

static init_text const char *run(struct unpack *u, void *stack)
{
    unsigned order = ARENA_MAX_ORDER;
    char *memory;
    int rc;

    while (!(memory = alloc_xenheap_pages(order)) && order > ARENA_MIN_ORDER)
        order--;
    if (!memory)
        return "no memory to unpack it";
    arena = memory;
    arena_end = memory + (PAGE_SIZE << order);
    rc = run_slices(u, (char *)stack + (PAGE_SIZE << LIBRARY_STACK_ORDER));
    free_xenheap_pages(memory, order);
    if (rc)
        return "its compressed data is damaged, or needs more memory than there is";
    return u->out_used == u->out_size ? NULL : "it unpacks to another size than its header says";
}

init_text const char *decompress(enum compression kind, const void *in, size_t in_size, void *out,
                                 size_t out_size)
{
    struct unpack u = { .kind = kind, .in = in, .in_size = in_size, .out = out, .out_size = out_size };
    void *stack;
    const char *why;

    if (kind != COMPRESSION_XZ && kind != COMPRESSION_GZIP && kind != COMPRESSION_ZSTD &&
        kind != COMPRESSION_LZ4)
        return "its compression format is not supported";
    stack = alloc_xenheap_pages(LIBRARY_STACK_ORDER);
    if (!stack)
        return "no memory to unpack it";
    why = run(&u, stack);
    free_xenheap_pages(stack, LIBRARY_STACK_ORDER);
    return why;
}
