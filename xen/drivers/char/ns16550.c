/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serial ports of the 16550 kind. Output goes through a ring: as many bytes as the FIFO takes at once, the
 * rest by the transmitter-empty interrupt; before interrupts work, and when the ring is full, by polling. A port that
 * takes nothing for seconds is not waited for again before it does: what finds the ring full is lost.
 * Every port access is expensive (and more so in a virtual machine): the status register is read once per
 * FIFO load.
 */
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/serial.h>
#include <xen/spinlock.h>
#include <asm/io.h>
#include <asm/processor.h>

enum { UART_DATA, UART_IER, UART_FCR, UART_LCR, UART_MCR, UART_LSR, UART_MSR, UART_SCR };
#define UART_IIR UART_FCR
#define IER_RX        0x01
#define IER_TX        0x02
#define IIR_NONE      0x01
#define FCR_ENABLE    0x01
#define FCR_CLEAR     0x06
#define FCR_TRIGGER14 0xc0
#define LCR_DLAB      0x80
#define MCR_DTR_RTS   0x03
#define MCR_OUT2      0x08      /* lets the interrupt line through on a PC */
#define LSR_DATA      0x01
#define LSR_TX_EMPTY  0x20
#define UART_CLOCK    1843200    /* Hz, of the crystal on a PC */
#define CLOCKS_A_BIT  16
#define FIFO_SIZE     16
#define TX_RING       16384
#define STUCK_READS   4000000u   /* of the status, about a microsecond each: no usual speed is so slow */

struct uart {
    spinlock_t lock;
    bool present, irq_driven, stuck;
    uint16_t io_base;
    unsigned baud, clock, irq, fifo;    /* baud 0: as the firmware has set it */
    uint8_t lcr;
    char tx[TX_RING];
    unsigned tx_produced, tx_consumed;
};
static struct uart uarts[NR_UARTS] = {
    { .lock = SPINLOCK_UNLOCKED, .io_base = 0x3f8, .clock = UART_CLOCK, .irq = 4, .baud = 115200, .lcr = 0x03 },
    { .lock = SPINLOCK_UNLOCKED, .io_base = 0x2f8, .clock = UART_CLOCK, .irq = 3, .baud = 115200, .lcr = 0x03 },
};

static bool lockless;            /* in a panic */

static uint8_t in(const struct uart *u, unsigned reg) { return inb(u->io_base + reg); }
static void out(const struct uart *u, unsigned reg, uint8_t v) { outb(v, u->io_base + reg); }

/* "8n1": data bits, parity, stop bits. What follows, or NULL. */
static init_text const char *parse_frame(struct uart *u, const char *s)
{
    static const char parities[] = "noems";
    const char *parity;

    if (s[0] < '5' || s[0] > '8' || !s[1] || !(parity = strchr(parities, s[1])))
        return NULL;
    if (s[2] != '1' && s[2] != '2')
        return NULL;
    u->lcr = (s[0] - '5') | (s[2] == '2' ? 4 : 0);
    if (parity != parities)
        u->lcr |= 0x08 | ((parity - parities - 1) << 4);
    return s + 3;
}

/* "[<baud>][/<clock>][,DPS[,<port>[,<irq>]]]"; baud "auto" keeps the firmware's. */
static init_text bool parse_conf(struct uart *u, const char *s)
{
    if (strncmp(s, "auto", 4) == 0) {
        s += 4;
        u->baud = 0;
    } else if (*s >= '0' && *s <= '9')
        u->baud = strtoul(s, &s, 10);
    if (*s == '/')
        u->clock = strtoul(s + 1, &s, 10);
    if (*s == ',' && s[1] != ',') {
        s = parse_frame(u, s + 1);
        if (!s)
            return false;
    } else if (*s == ',') {
        s++;
    }
    if (*s == ',' && s[1] != ',')
        u->io_base = strtoul(s + 1, &s, 0);
    else if (*s == ',')
        s++;
    if (*s == ',')
        u->irq = strtoul(s + 1, &s, 0);
    return *s == '\0' && u->io_base != 0 && u->clock >= CLOCKS_A_BIT;
}

static init_text bool probe(const struct uart *u)
{
    out(u, UART_SCR, 0x5a);
    return in(u, UART_SCR) == 0x5a;
}

/* See xen/serial.h. */
init_text int uart_configure(unsigned nr, const char *conf)
{
    struct uart *u = &uarts[nr], before = { .baud = u->baud, .clock = u->clock, .io_base = u->io_base, .irq = u->irq,
                                            .lcr = u->lcr };

    if (parse_conf(u, conf))
        return 0;
    u->baud = before.baud;
    u->clock = before.clock;
    u->io_base = before.io_base;
    u->irq = before.irq;
    u->lcr = before.lcr;
    return -EINVAL;
}

/* See xen/serial.h. */
init_text bool uart_early_init(unsigned nr)
{
    struct uart *u = &uarts[nr];

    if (u->present)
        return true;
    if (!probe(u))
        return false;
    out(u, UART_IER, 0);
    out(u, UART_LCR, u->lcr | (u->baud ? LCR_DLAB : 0));
    if (u->baud) {
        unsigned divisor = max(1u, u->clock / CLOCKS_A_BIT / u->baud);

        out(u, UART_DATA, divisor);
        out(u, UART_IER, divisor >> 8);
        out(u, UART_LCR, u->lcr);
    }
    out(u, UART_FCR, FCR_ENABLE | FCR_CLEAR | FCR_TRIGGER14);
    u->fifo = (in(u, UART_IIR) & 0xc0) == 0xc0 ? FIFO_SIZE : 1;
    out(u, UART_MCR, MCR_DTR_RTS);
    u->present = true;
    return true;
}

/* Fill the FIFO if it is empty. Holder of the lock. False: it is not. */
static bool push(struct uart *u)
{
    if (!(in(u, UART_LSR) & LSR_TX_EMPTY))
        return false;
    for (unsigned i = 0; i < u->fifo && u->tx_consumed != u->tx_produced; i++)
        out(u, UART_DATA, u->tx[u->tx_consumed++ % TX_RING]);
    return true;
}

/* push() when the port is ready. False: it is stuck. */
static bool push_waiting(struct uart *u)
{
    for (unsigned reads = u->stuck ? STUCK_READS : 1; !push(u); reads++) {
        if (reads >= STUCK_READS) {
            u->stuck = true;
            return false;
        }
        cpu_relax();
    }
    u->stuck = false;
    return true;
}

static void drain(struct uart *u)
{
    while (u->tx_consumed != u->tx_produced && push_waiting(u))
        ;
}

static void enqueue(struct uart *u, char c)
{
    if (u->tx_produced - u->tx_consumed < TX_RING || push_waiting(u))
        u->tx[u->tx_produced++ % TX_RING] = c;
}

static void lock(struct uart *u)
{
    if (!lockless)
        spin_lock(&u->lock);
}

static void unlock(struct uart *u)
{
    if (!lockless)
        spin_unlock(&u->lock);
}

void uart_write(unsigned nr, const char *s, size_t n, bool wait)
{
    struct uart *u = &uarts[nr];
    unsigned long flags;

    if (!u->present)
        return;
    local_irq_save(flags);
    lock(u);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\n')
            enqueue(u, '\r');
        enqueue(u, s[i]);
    }
    if (wait || !u->irq_driven) {
        drain(u);
    } else {
        while (u->tx_consumed != u->tx_produced && push(u))
            ;
        if (u->tx_consumed != u->tx_produced)
            out(u, UART_IER, IER_RX | IER_TX);
    }
    unlock(u);
    local_irq_restore(flags);
}

void uart_flush(void)
{
    for (unsigned i = 0; i < NR_UARTS; i++)
        if (uarts[i].present)
            drain(&uarts[i]);
}

void uart_force_unlock(void)
{
    lockless = true;
}

static void uart_interrupt(unsigned irq, void *data, struct cpu_user_regs *regs)
{
    struct uart *u = data;

    while (!(in(u, UART_IIR) & IIR_NONE)) {
        unsigned budget = 256;

        while (budget-- && (in(u, UART_LSR) & LSR_DATA))
            console_rx(in(u, UART_DATA));
        lock(u);
        push(u);
        if (u->tx_consumed == u->tx_produced)
            out(u, UART_IER, IER_RX);
        unlock(u);
    }
}

/* Interrupts work: input, and output in the background. */
init_text void uart_irq_init(unsigned nr)
{
    struct uart *u = &uarts[nr];

    if (!u->present || u->irq == 0)
        return;
    if (setup_irq(u->irq, uart_interrupt, u, nr ? "com2" : "com1")) {
        printk(LOG_WARN "com%u: interrupt %u is taken, no input\n", nr + 1, u->irq);
        return;
    }
    out(u, UART_MCR, MCR_DTR_RTS | MCR_OUT2);
    out(u, UART_IER, IER_RX);
    u->irq_driven = true;
}

void uart_deny(struct domain *d)
{
    for (unsigned i = 0; i < NR_UARTS; i++)
        if (uarts[i].present)
            rangeset_remove(d->arch.ioport_caps, uarts[i].io_base, uarts[i].io_base + 7);
}
