/* SPDX-License-Identifier: GPL-2.0-only */
/* Output and input devices behind the console. drivers/char */
#ifndef XEN_SERIAL_H
#define XEN_SERIAL_H

#include <xen/types.h>

struct domain;

/* ns16550.c: com1 is 0, com2 is 1 */
#define NR_UARTS 2
/* From "115200/1843200,8n1,0x3f8,4" (com1=, com2=). -EINVAL: it can't be read, all stays as it was. */
int uart_configure(unsigned nr, const char *conf);
bool uart_early_init(unsigned nr);                           /* polled at first; false: no such port */
void uart_irq_init(unsigned nr);
void uart_write(unsigned nr, const char *s, size_t n, bool wait);   /* wait: until the last byte has left */
void uart_flush(void);                                       /* of all, polling: for panic */
void uart_force_unlock(void);
void uart_deny(struct domain *d);                            /* take the ports away from domain 0 */

/* vga.c: text mode */
void vga_init(void);
void vga_write(const char *s, size_t n);

/* conring.c */
void conring_write(const char *s, size_t n);                 /* holder of console_lock */
void conring_replay(void (*write)(const char *s, size_t n));
void conring_grow(void);                                     /* to conring_size=, once there is a heap */

/* console.c */
void console_rx(char c);                                     /* interrupt context */
void console_write_raw(const char *s, size_t n);             /* no prefix: domain 0's output */
unsigned console_read(char *buf, unsigned n);                /* input for domain 0 */
void console_lock_get(void);
void console_lock_put(void);

#endif
