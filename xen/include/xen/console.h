/* SPDX-License-Identifier: GPL-2.0-only */
/* Console: serial and VGA output, the ring of messages, input switched between our keys and domain 0. */
#ifndef XEN_CONSOLE_H
#define XEN_CONSOLE_H

#include <xen/types.h>
#include <asm/regs.h>

void console_early_init(void);            /* after the command line is parsed: com1=, com2=, console=, vga= */
void console_init_irq(void);               /* interrupts work: input */
void console_endboot(void);                /* release VGA to domain 0 unless vga=keep */
void console_force_unlock(void);           /* for panic: nobody waits for the console from now on */
/* XEN_SYSCTL_readconsole. Copies at most *count bytes from ring position *index (or the oldest) into buf. */
void console_ring_read(char *buf, uint32_t *count, uint32_t *index, bool incremental, bool clear);
bool console_send_key(char key);           /* XEN_SYSCTL_debug_keys */

/* A key of the hypervisor's own console (three times Ctrl-A switches to it). Handlers print. */
struct keyhandler { char key; const char *help; void (*fn)(char key); };
#define debug_key(c, help, fn) \
    static const struct keyhandler keyhandler_##fn used_in(".keyhandlers") = { c, help, fn }

/* Symbols: name of the function holding addr, its offset and size; "" when unknown. common/debug/symbols.c */
#define SYMBOL_NAME_MAX 80
unsigned nr_symbols(void);
/* In the order of addresses. False, address 0 and no name: there is none with that number. */
bool symbol_nth(unsigned nr, unsigned long *addr, char name[SYMBOL_NAME_MAX]);
const char *symbol_name(unsigned long addr, unsigned long *offset, unsigned long *size);
void print_symbol(const char *fmt, unsigned long addr);   /* fmt with one %s: "name+0x12/0x340" */

#endif
