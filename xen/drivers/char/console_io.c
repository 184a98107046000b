/* SPDX-License-Identifier: GPL-2.0-only */
/* HYPERVISOR_console_io: a domain's own output and input on the hypervisor's console. */
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <xen/serial.h>

#define CHUNK 128u
#define LINE  160u

/*
 * Output of domains that are not the console's is gathered into lines: one buffer for each of a few writers.
 */
static struct line { domid_t domain; unsigned n; char text[LINE]; } lines[8];
static DEFINE_SPINLOCK(lines_lock);

static struct line *line_of(domid_t id)
{
    struct line *l = &lines[id % ARRAY_SIZE(lines)];

    if (l->domain != id)
        l->n = 0;
    l->domain = id;
    return l;
}

static void write_by_line(const char *s, unsigned n)
{
    domid_t id = current->domain->domain_id;
    struct line *l;

    spin_lock(&lines_lock);
    l = line_of(id);
    for (unsigned i = 0; i < n; i++) {
        if (s[i] == '\n' || l->n == LINE - 1) {
            printk(LOG_GUEST LOG_DEBUG "(d%u) %.*s\n", id, (int)l->n, l->text);
            l->n = 0;
        }
        if (s[i] >= ' ' || s[i] == '\t')
            l->text[l->n++] = s[i];
    }
    spin_unlock(&lines_lock);
}

static long write(const char *guest, unsigned count)
{
    char chunk[CHUNK];

    for (unsigned done = 0; done < count; ) {
        unsigned n = min(count - done, CHUNK);

        if (done && hypercall_preempt_check())
            return hypercall_continue(__HYPERVISOR_console_io, 3, CONSOLEIO_write, count - done,
                                      guest_moved(guest, done));
        if (raw_copy_from_guest(chunk, guest_moved(guest, done), n))
            return -EFAULT;
        if (current->domain->is_console)
            console_write_raw(chunk, n);
        else
            write_by_line(chunk, n);
        done += n;
    }
    return 0;
}

static long read(char *guest, unsigned count)
{
    char chunk[CHUNK];
    unsigned n, done = 0;

    if ((int)count < 0)                 /* more than the answer can tell */
        return refuse(-E2BIG, "console_io: room for too many letters");
    while (done < count && (n = console_read(chunk, min(count - done, CHUNK))) > 0) {
        if (raw_copy_to_guest(guest_moved(guest, done), chunk, n))
            return -EFAULT;
        done += n;
    }
    return done;
}

static bool may_write(const struct domain *d)
{
#ifdef DEBUG
    return true;
#else
    return d->is_console || is_privileged(d);
#endif
}

long do_console_io(unsigned cmd, unsigned count, void *buffer)
{
    const struct domain *d = current->domain;

    switch (cmd) {
    case CONSOLEIO_write:
        return may_write(d) ? write(buffer, count) : refuse(-EPERM, "console_io: not the console's domain");
    case CONSOLEIO_read:
        return d->is_console ? read(buffer, count) : refuse(-EPERM, "console_io: not the console's domain");
    default:
        return refuse(-ENOSYS, "console_io: unknown command");
    }
}
