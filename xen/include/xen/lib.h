/* SPDX-License-Identifier: GPL-2.0-only */
/* The few things every file needs: printing, giving up, assertions. */
#ifndef XEN_LIB_H
#define XEN_LIB_H

#include <stdarg.h>
#include <xen/types.h>
#include <xen/string.h>
#include <xen/errno.h>

/* Message levels, first characters of a format: KERN_ERR "x" prints where loglvl allows it. */
#define LOG_ERR   "<0>"
#define LOG_WARN  "<1>"
#define LOG_INFO  "<2>"
#define LOG_DEBUG "<3>"
#define LOG_GUEST "<G>"   /* put before a level: subject to guest_loglvl, and rate limited */

int snprintf(char *buf, size_t size, const char *fmt, ...) printf_like(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) printf_like(3, 0);
int scnprintf(char *buf, size_t size, const char *fmt, ...) printf_like(3, 4);
/* Beyond C: %ps symbol+offset of a code address is printed by callers through symbol_name(). */

void printk(const char *fmt, ...) printf_like(1, 2);
void vprintk(const char *fmt, va_list ap) printf_like(1, 0);

/* Stop the machine: message, registers, stack trace with symbols; reboot unless "noreboot". Any context. */
void noreturn panic(const char *fmt, ...) printf_like(1, 2);
void noreturn bug(const char *file, int line, const char *what);
void warn_on(const char *file, int line, const char *what);
void dump_execution_state(void);

#define BUG()        bug(__FILE__, __LINE__, "bug")
#define BUG_ON(c)    do { if (unlikely(c)) bug(__FILE__, __LINE__, #c); } while (0)
#define WARN_ON(c)   do { if (unlikely(c)) warn_on(__FILE__, __LINE__, #c); } while (0)
#ifdef DEBUG
#define ASSERT(c)    do { if (unlikely(!(c))) bug(__FILE__, __LINE__, "assertion " #c); } while (0)
#else
#define ASSERT(c)    do { if (0 && (c)) { } } while (0)
#endif
#define ASSERT_UNREACHABLE() ASSERT(!"reached")

/* Both give ~0 for what is larger. */
unsigned long strtoul(const char *s, const char **end, unsigned base);
/* "64M", "1G", "512K", "0x1000B"; a bare number is in units of 2^default_shift. Returns bytes. */
uint64_t parse_size(const char *s, const char **end, unsigned default_shift);

#endif
