/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The console: what printk() prints goes line by line, each with a prefix, to the message ring, serial ports
 * and the screen. Input belongs to domain 0 or, after three times Ctrl-A, to the hypervisor's keys.
 */
#include <xen/atomic.h>
#include <xen/console.h>
#include <xen/event.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/serial.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>
#include <xen/time.h>
#include <asm/boot.h>
#include <asm/processor.h>

#define PREFIX       "(XEN) "
#define SWITCH_CHAR  1               /* Ctrl-A */
#define SWITCH_COUNT 3
#define RX_RING      4096     /* a pasted command line arrives faster than domain 0 reads */

static init_data char opt_console[64] = "com1,vga";
static init_data bool opt_vga_keep;
static bool opt_sync_console, opt_guest_to_ring = true;
string_param("console", opt_console);
boolean_param("sync_console", opt_sync_console);
boolean_param("console_to_ring", opt_guest_to_ring);

static init_text int parse_com1(const char *s) { return uart_configure(0, s); }
static init_text int parse_com2(const char *s) { return uart_configure(1, s); }
custom_param("com1", parse_com1);
custom_param("com2", parse_com2);

/* Modes that other hypervisors set may stand before the word. */
static init_text int parse_vga(const char *s)
{
    opt_vga_keep = strstr(s, "keep") != NULL;
    return opt_vga_keep || strcmp(s, "no") == 0 ? 0 : -EINVAL;
}
custom_param("vga", parse_vga);

/* Messages of a level below `always` are printed, of one below `limited` at a limited rate, others not. */
struct thresholds { int always, limited; };
static struct thresholds host_levels = { 3, 3 }, guest_levels = { 1, 2 };

static spinlock_t console_lock = SPINLOCK_UNLOCKED;
static bool lockless;                            /* in a panic */
static bool use_uart[NR_UARTS], use_vga, booted;
static bool line_start = true;

static char rx_ring[RX_RING];
static unsigned rx_produced, rx_consumed;        /* from interrupt to tasklet */
static char input_ring[RX_RING];
static unsigned input_produced, input_consumed;  /* from tasklet to domain 0's reads */
static DEFINE_SPINLOCK(input_lock);
static bool input_to_keys = true;                /* until domain 0 runs */
static struct tasklet rx_tasklet;

/* ---- levels ---- */

static init_text const char *parse_level(const char *s, int *level)
{
    static const struct { const char *name; int level; } names[] = {
        { "none", 0 }, { "error", 1 }, { "warning", 2 }, { "info", 3 }, { "debug", 4 }, { "all", 4 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        if (strncmp(s, names[i].name, strlen(names[i].name)) == 0) {
            *level = names[i].level;
            return s + strlen(names[i].name);
        }
    return NULL;
}

static init_text int parse_thresholds(const char *s, struct thresholds *t)
{
    struct thresholds n;

    s = parse_level(s, &n.always);
    if (!s)
        return -EINVAL;
    n.limited = n.always;
    if (*s == '/')
        s = parse_level(s + 1, &n.limited);
    if (!s || *s)
        return -EINVAL;
    n.limited = max(n.always, n.limited);
    *t = n;
    return 0;
}

static init_text int parse_loglvl(const char *s) { return parse_thresholds(s, &host_levels); }
static init_text int parse_guest_loglvl(const char *s) { return parse_thresholds(s, &guest_levels); }
custom_param("loglvl", parse_loglvl);
custom_param("guest_loglvl", parse_guest_loglvl);

/*
 * At most 10 limited messages in 5 seconds. *missed: how many were not allowed, when that is to be said. Holder of
 * console_lock.
 */
static bool rate_allows(unsigned *missed)
{
    static s_time_t window;
    static unsigned printed, dropped;
    s_time_t now = NOW();

    if (now - window > SECONDS(5)) {
        window = now;
        printed = 0;
        *missed = dropped;
        dropped = 0;
    }
    if (printed == 10) {
        dropped++;
        return false;
    }
    printed++;
    return true;
}

/* Take the level marks off the front of a message. *missed: see rate_allows(). */
static const char *allowed(const char *s, unsigned *missed)
{
    const struct thresholds *t = &host_levels;
    int level = 0;

    if (strncmp(s, LOG_GUEST, 3) == 0) {
        t = &guest_levels;
        level = 1;
        s += 3;
    }
    if (s[0] == '<' && s[1] >= '0' && s[1] <= '3' && s[2] == '>') {
        level = s[1] - '0';
        s += 3;
    } else if (t == &host_levels) {
        return s;
    }
    if (level < t->always || (level < t->limited && rate_allows(missed)))
        return s;
    return NULL;
}

/* ---- output ---- */

static unsigned long saved_flags;

static unsigned long lock_console(void)
{
    unsigned long flags = local_irq_save_();

    if (!lockless)
        spin_lock_recursive(&console_lock);
    return flags;
}

static void unlock_console(unsigned long flags)
{
    if (!lockless)
        spin_unlock_recursive(&console_lock);
    local_irq_restore(flags);
}

/* For conring.c: not to be nested. */
void console_lock_get(void)
{
    unsigned long flags = lock_console();

    saved_flags = flags;
}

void console_lock_put(void)
{
    unlock_console(saved_flags);
}

/* Locks aren't made anew: a holder that doesn't stop gives back the old ones some time, and with tickets that locks new ones. */
void console_force_unlock(void)
{
    lockless = true;
    uart_force_unlock();
    opt_sync_console = true;
}

static void to_devices(const char *s, size_t n)
{
    for (unsigned i = 0; i < NR_UARTS; i++)
        if (use_uart[i])
            uart_write(i, s, n, opt_sync_console);
    if (use_vga)
        vga_write(s, n);
}

static void emit(const char *s, size_t n)
{
    conring_write(s, n);
    to_devices(s, n);
}

/*
 * Each line of text gets the prefix; what it ends with decides whether the next call goes on in the same
 * line.
 */
static void emit_lines(const char *text)
{
    while (*text) {
        const char *end = strchr(text, '\n');
        size_t n = end ? (size_t)(end - text) + 1 : strlen(text);

        if (line_start)
            emit(PREFIX, sizeof(PREFIX) - 1);
        emit(text, n);
        line_start = end != NULL;
        text += n;
    }
}

/* Not by printk(), whose text would take the place of the message that is to follow. */
static void tell_missed(unsigned missed)
{
    char line[64];

    snprintf(line, sizeof(line), "%u messages suppressed\n", missed);
    emit_lines(line);
}

void vprintk(const char *fmt, va_list ap)
{
    static char buf[1024];
    static bool hidden;                 /* the rest of a line whose start was not printed */
    unsigned long flags = lock_console();
    const char *text;
    bool marked = fmt[0] == '<';
    unsigned missed = 0;

    vsnprintf(buf, sizeof(buf), fmt, ap);
    text = marked || !hidden ? allowed(buf, &missed) : NULL;
    hidden = !text && *buf && buf[strlen(buf) - 1] != '\n';
    if (missed)
        tell_missed(missed);
    if (text)
        emit_lines(text);
    unlock_console(flags);
}

void printk(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vprintk(fmt, ap);
    va_end(ap);
}

void console_write_raw(const char *s, size_t n)
{
    unsigned long flags = lock_console();

    if (opt_guest_to_ring)
        conring_write(s, n);
    to_devices(s, n);
    unlock_console(flags);
}

/* ---- input ---- */

static void switch_input(void)
{
    input_to_keys = !input_to_keys || !dom0;
    printk("*** Serial input to %s (type 'CTRL-a' three times to switch input)\n",
           input_to_keys ? "the hypervisor" : "domain 0");
}

static void give_to_domain0(char c)
{
    spin_lock(&input_lock);
    if (input_produced - input_consumed < RX_RING)
        input_ring[input_produced++ % RX_RING] = c;
    spin_unlock(&input_lock);
    send_global_virq(VIRQ_CONSOLE);
}

static void input(char c)
{
    static unsigned switch_chars;

    if (c == SWITCH_CHAR) {
        if (++switch_chars == SWITCH_COUNT) {
            switch_input();
            switch_chars = 0;
        }
        return;
    }
    for (; switch_chars; switch_chars--)
        if (!input_to_keys)
            give_to_domain0(SWITCH_CHAR);
    if (input_to_keys)
        console_send_key(c);
    else
        give_to_domain0(c);
}

static void rx_work(void *unused)
{
    while (READ_ONCE(rx_consumed) != READ_ONCE(rx_produced))
        input(rx_ring[rx_consumed++ % RX_RING]);
}

/* A byte came in: interrupt context. Dropped when nobody takes them. */
void console_rx(char c)
{
    if (rx_produced - READ_ONCE(rx_consumed) == RX_RING)
        return;
    rx_ring[rx_produced % RX_RING] = c;
    smp_wmb();
    rx_produced++;
    if (booted)
        tasklet_schedule(&rx_tasklet);
}

unsigned console_read(char *buf, unsigned n)
{
    unsigned i;

    spin_lock(&input_lock);
    for (i = 0; i < n && input_consumed != input_produced; i++)
        buf[i] = input_ring[input_consumed++ % RX_RING];
    spin_unlock(&input_lock);
    return i;
}

/* ---- boot ---- */

static init_text void choose(const char *name)
{
    if (strcmp(name, "vga") == 0) {
        use_vga = true;
        vga_init();
    } else if (strcmp(name, "com1") == 0 || strcmp(name, "com2") == 0) {
        unsigned nr = name[3] - '1';

        use_uart[nr] = uart_early_init(nr);
    } else if (strcmp(name, "none") != 0) {
        printk(LOG_WARN "console=%s is not known\n", name);
    }
}

init_text void console_early_init(void)
{
    char *s = opt_console;

    while (s) {
        char *comma = strchr(s, ',');

        if (comma)
            *comma++ = '\0';
        choose(s);
        s = comma;
    }
    conring_replay(to_devices);
}

/* Interrupts, the heap and tasklets work. */
init_text void console_init_irq(void)
{
    conring_grow();
    tasklet_init(&rx_tasklet, rx_work, NULL);
    for (unsigned i = 0; i < NR_UARTS; i++)
        if (use_uart[i])
            uart_irq_init(i);
    booted = true;
}

/* Domain 0 is about to run: the screen and the input are its, from now on. */
init_text void console_endboot(void)
{
    if (!opt_vga_keep)
        use_vga = false;
    switch_input();
}
