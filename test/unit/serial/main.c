/* SPDX-License-Identifier: GPL-2.0-only */
/* Unit tests of serial ports: each prints "ok NAME" or "FAIL NAME: why". The first is there, with a FIFO. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/irq.h>
#include <xen/rangeset.h>
#include <xen/serial.h>
#include <asm/io.h>

#define FIRST     0x3f8
#define FULL      (16384 + 16)      /* the driver's ring and the FIFO */
#define PATIENCE  50000000ul        /* reads of the status: whoever waits longer waits for ever */

static bool stuck;                  /* it takes nothing more */
static uint8_t scratch;
static char sent[1 << 20];
static size_t nr_sent, in_fifo;
static unsigned long reads;
static int failures;
static unsigned interrupts;         /* that the port says it has */
static void (*take_interrupt)(unsigned irq, void *data, struct cpu_user_regs *regs);
static void *taker;
static void (*on_next_byte)(void);  /* what happens elsewhere meanwhile */

void waits_for_ever(void)
{
    printf("FAIL serial: it waits without end\n");
    exit(1);
}

uint8_t inb(uint16_t port)
{
    switch (port - FIRST) {
    case 2:                         /* a FIFO */
        if (!interrupts)
            return 0xc1;
        interrupts--;
        return 0xc0;
    case 5:
        if (++reads > PATIENCE)
            waits_for_ever();
        if (!stuck)
            in_fifo = 0;
        return in_fifo ? 0 : 0x20;
    case 7: return scratch;
    }
    return port >= FIRST && port < FIRST + 8 ? 0 : 0xff;
}

void outb(uint8_t value, uint16_t port)
{
    static uint8_t lcr;

    if (port == FIRST + 7)
        scratch = value;
    else if (port == FIRST + 3)
        lcr = value;
    else if (port == FIRST && !(lcr & 0x80)) {
        void (*other)(void) = on_next_byte;

        sent[nr_sent++ % sizeof(sent)] = value;
        in_fifo++;
        on_next_byte = NULL;
        if (other)
            other();
    }
}

int setup_irq(unsigned irq, void (*handler)(unsigned irq, void *data, struct cpu_user_regs *regs), void *data,
              const char *name)
{
    take_interrupt = handler;
    taker = data;
    return 0;
}

void printk(const char *fmt, ...) { }
void console_rx(char c) { }
int rangeset_remove(struct rangeset *r, unsigned long first, unsigned long last) { return 0; }

static void verdict(const char *name, const char *why)
{
    if (why)
        failures++;
    printf(why ? "FAIL %s: %s\n" : "ok %s\n", name, why);
}

/* All comes out, in order. */
static const char *test_output(void)
{
    nr_sent = 0;
    for (unsigned i = 0; i < 3000; i++)
        uart_write(0, "0123456789\n", 11, false);
    uart_flush();
    if (nr_sent != 3000 * 12 || memcmp(sent, "0123456789\r\n0123456789\r\n", 24))
        return "not what was written";
    return NULL;
}

static void write_much(bool wait)
{
    char text[100];

    memset(text, 'x', sizeof(text));
    for (unsigned i = 0; i < 1000; i++)
        uart_write(0, text, sizeof(text), wait);
}

/* It holds nobody up for long, and when it moves again what it has kept comes out, and what is written then. */
static const char *test_stuck(void)
{
    for (unsigned wait = 0; wait < 2; wait++) {
        nr_sent = 0;
        stuck = true;
        write_much(wait);
        uart_flush();
        if (nr_sent > 16)
            return "more than the FIFO takes";
        stuck = false;
        uart_write(0, "end", 3, true);
        if (nr_sent < FULL - 64 || nr_sent > FULL + 64)
            return "what was kept doesn't come out";
        uart_write(0, "again", 5, true);
        if (memcmp(sent + nr_sent - 5, "again", 5))
            return "nothing comes out afterwards";
    }
    return NULL;
}

static void panic_elsewhere(void)
{
    uart_force_unlock();
    uart_write(0, "first", 5, true);
}

/* It comes while another CPU serves an interrupt, which it goes on with later: all that is written then comes out. */
static const char *test_panic(void)
{
    stuck = true;
    uart_write(0, "more than the FIFO takes", 24, false);
    stuck = false;
    interrupts = 1;
    on_next_byte = panic_elsewhere;
    take_interrupt(4, taker, NULL);
    uart_write(0, "second", 6, true);
    return memcmp(sent + nr_sent - 6, "second", 6) ? "something is lost" : NULL;
}

int main(void)
{
    if (!uart_early_init(0) || uart_early_init(1))
        verdict("probe", "the first port is there, the second isn't");
    verdict("output", test_output());
    verdict("stuck", test_stuck());
    uart_irq_init(0);
    verdict("output_by_interrupt", test_output());
    verdict("stuck_by_interrupt", test_stuck());
    verdict("panic", test_panic());
    return failures != 0;
}
