/* SPDX-License-Identifier: GPL-2.0-only */
/* What the compiler can be told, and what C lacks. */
#ifndef XEN_COMPILER_H
#define XEN_COMPILER_H

#define likely(x)          __builtin_expect(!!(x), 1)
#define unlikely(x)        __builtin_expect(!!(x), 0)
#define barrier()          __asm__ volatile ("" ::: "memory")
#define noreturn           __attribute__((__noreturn__))
#define noinline           __attribute__((__noinline__))
#define always_inline      __inline__ __attribute__((__always_inline__))
#define packed_struct      __attribute__((__packed__))
#define aligned_to(n)      __attribute__((__aligned__(n)))
#define in_section(s)      __attribute__((__section__(s)))
#define must_check         __attribute__((__warn_unused_result__))
#define printf_like(f, a)  __attribute__((__format__(printf, f, a)))

#define init_text          in_section(".init.text") noinline  /* freed after boot */
#define init_data          in_section(".init.data")
#define init_const         in_section(".init.rodata")
#define read_mostly        in_section(".data.read_mostly")
/* One element of a table the linker collects: aligned as in an array, not as compilers do objects. */
/* An entry of a table that the linker collects: no more than natural alignment, or there would be gaps. */
#define used_in(s)         __attribute__((__used__, __section__(s), __aligned__(8)))

#define BUILD_BUG_ON(c)    _Static_assert(!(c), "!(" #c ")")
#define ARRAY_SIZE(a)      (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)((char *)(p) - __builtin_offsetof(type, member)))
#define offsetof(t, m)     __builtin_offsetof(t, m)

#define READ_ONCE(x)       (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)   (*(volatile __typeof__(x) *)&(x) = (v))

#define min(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ > b_ ? a_ : b_; })
#define ROUND_UP(x, a)     (((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))
#define ROUND_DOWN(x, a)   ((x) & ~((__typeof__(x))(a) - 1))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))

#define GLUE_(a, b) a##b
#define GLUE(a, b)  GLUE_(a, b)
#define STR_(x) #x
#define STR(x)  STR_(x)

#endif
