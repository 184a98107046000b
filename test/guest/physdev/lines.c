/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines: their pirqs, whose they are, what can be bound to them. */
#include "physdev.h"

#define SERIAL_LINE 4               /* the hypervisor's own */
#define LINES       24
#define NO_PIRQ     10000

void lines(void)
{
    int pirq = 5, any = -1;

    CHECK_EQ(unmap(DOMID_SELF, 5), -XEN_EINVAL);
    CHECK_EQ(map_line(DOMID_SELF, 5, &pirq), 0);
    CHECK_EQ(pirq, 5);
    CHECK_EQ(map_line(0, 5, &pirq), 0);                 /* again, and by number */
    CHECK_EQ(map_line(DOMID_SELF, 5, &any), 0);
    CHECK_EQ(any, 5);
    CHECK_EQ(EOI(5), 0);
    CHECK_EQ(unmap(0, 5), 0);
    CHECK_EQ(unmap(DOMID_SELF, 5), -XEN_EINVAL);
    CHECK_EQ(EOI(5), -XEN_EINVAL);
    any = -1;
    CHECK_EQ(map_line(DOMID_SELF, 16, &any), 0);
    CHECK(any >= 16 && any < LINES);
    CHECK_EQ(unmap(DOMID_SELF, any), 0);
}

static void map_badly(void)
{
    static const struct { int line, pirq, error; } bad[] = {
        { -1, 6, -XEN_EINVAL }, { -1, -1, -XEN_EINVAL }, { LINES, LINES, -XEN_EINVAL }, { 1 << 30, -1, -XEN_EINVAL },
        { 6, NO_PIRQ, -XEN_EINVAL }, { 6, 0x7fffffff, -XEN_EINVAL }, { 0, 0, -XEN_EPERM }, { 0, -1, -XEN_EPERM },
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        int pirq = bad[i].pirq;

        if (map_line(DOMID_SELF, bad[i].line, &pirq) != bad[i].error)
            fail("line %d, pirq %d", bad[i].line, bad[i].pirq);
    }
    for (int type = -1; type < 100; type += 3)          /* 2, 5, ... */
        CHECK_EQ(map_message(type, CARD, 0, 0, &(int){ 6 }), -XEN_EINVAL);
}

void lines_hostile(void)
{
    static const domid_t nobody[] = { 77, DOMID_IO, DOMID_XEN, DOMID_COW, DOMID_INVALID };
    static const int pirqs[] = { -1, 6, LINES, NO_PIRQ, 0x7fffffff, -0x7fffffff };
    int pirq = 6;

    map_badly();
    for (unsigned int i = 0; i < ARRAY_SIZE(nobody); i++) {
        CHECK_EQ(map_line(nobody[i], 6, &pirq), -XEN_ESRCH);
        CHECK_EQ(unmap(nobody[i], 6), -XEN_ESRCH);
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(pirqs); i++)
        CHECK_EQ(unmap(DOMID_SELF, pirqs[i]), -XEN_EINVAL);
    CHECK_EQ(EOI(6), -XEN_EINVAL);
    CHECK_EQ(EOI(NO_PIRQ), -XEN_EINVAL);
    CHECK_EQ(EOI(~0u), -XEN_EINVAL);
    CHECK_UNREADABLE(map_pirq);
    CHECK_UNREADABLE(unmap_pirq);
    CHECK_UNREADABLE(eoi);
    CHECK_EQ(map_line(DOMID_SELF, 6, &pirq), 0);
    pirq = 7;
    CHECK_EQ(map_line(DOMID_SELF, 6, &pirq), -XEN_EEXIST);
    pirq = 6;
    if (tells_why())                                    /* another hypervisor does nothing, and says 0 */
        CHECK_EQ(map_line(DOMID_SELF, 7, &pirq), -XEN_EEXIST);
    CHECK_EQ(unmap(DOMID_SELF, 6), 0);
}

/* How a line signals is said once, and not of those that are used. */
void lines_setup(void)
{
    static int next = 17;           /* another when the test is run again */
    int line = next++;

    CHECK_EQ(setup(line, 77, 1), 0);
    CHECK_EQ(setup(line, 0, 0), -XEN_EEXIST);
    CHECK_EQ(setup(line, 1, 1), -XEN_EEXIST);
    CHECK_EQ(setup(SERIAL_LINE, 0, 0), -XEN_EEXIST);
    CHECK_EQ(setup(LINES, 0, 0), -XEN_EINVAL);
    CHECK_EQ(setup(-1, 0, 0), -XEN_EINVAL);
    CHECK_EQ(setup(0x7fffffff, 0, 0), -XEN_EINVAL);
    CHECK_UNREADABLE(setup_gsi);
}

static evtchn_port_t got[2];
static long answers[3];

static void bind_twice(void *pirq)
{
    answers[0] = bind((unsigned long)pirq, BIND_PIRQ__WILL_SHARE, &got[0]);
    answers[1] = bind((unsigned long)pirq, BIND_PIRQ__WILL_SHARE, &got[1]);
    answers[2] = close(got[0]);
}

/* A line that is mapped for another domain is that one's to bind, and no longer when it is unmapped. */
static void give(bool take_back)
{
    int pirq = 10, second = 12;

    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(unmap(child.id, 10), -XEN_EINVAL);
    CHECK_EQ(map_line(child.id, 10, &pirq), 0);
    CHECK_EQ(map_line(child.id, 10, &second), -XEN_EEXIST);
    CHECK_EQ(map_line(child.id, LINES, &second), -XEN_EINVAL);
    second = 60;                    /* an unprivileged domain has fewer pirqs */
    CHECK_EQ(map_line(child.id, 12, &second), -XEN_EINVAL);
    if (take_back)
        CHECK_EQ(unmap(child.id, 10), 0);
    CHECK_EQ(child_build(&child, bind_twice, (void *)10), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, answers, sizeof(answers)));
    CHECK_EQ(answers[0], take_back ? -XEN_EPERM : 0);
    CHECK_EQ(answers[1], take_back ? -XEN_EPERM : -XEN_EEXIST);
    CHECK_EQ(answers[2], take_back ? -XEN_EINVAL : 0);
    CHECK(child_destroy(&child));
}

void lines_of_others(void)
{
    give(false);
    give(true);
}

static long free_pirq(int type, int *pirq)
{
    struct physdev_get_free_pirq op = { .type = type };
    long error = HYPERCALL(physdev_op, PHYSDEVOP_get_free_pirq, &op);

    *pirq = op.pirq;
    return error;
}

/* What was asked for is given to nobody else, and is there for who asks for it; unmapping gives it back. */
void free_pirqs(void)
{
    int first, second, other = -1;

    CHECK_EQ(free_pirq(MAP_PIRQ_TYPE_GSI, &first), 0);
    CHECK(first >= 16 && first < LINES);
    CHECK_EQ(free_pirq(MAP_PIRQ_TYPE_GSI, &second), 0);
    CHECK(second != first);
    CHECK_EQ(unmap(DOMID_SELF, first), -XEN_EINVAL);
    CHECK_EQ(map_line(DOMID_SELF, 13, &other), 0);
    CHECK(other != first && other != second);
    CHECK_EQ(map_line(DOMID_SELF, 14, &first), 0);
    CHECK_EQ(map_line(DOMID_SELF, 15, &second), 0);
    CHECK_EQ(unmap(DOMID_SELF, first), 0);
    CHECK_EQ(unmap(DOMID_SELF, second), 0);
    CHECK_EQ(unmap(DOMID_SELF, other), 0);
    CHECK_EQ(free_pirq(MAP_PIRQ_TYPE_MSI, &first), 0);
    CHECK(first >= LINES);
    CHECK_EQ(free_pirq(99, &second), 0);                /* all but lines */
    CHECK(second >= LINES && second != first);
    CHECK_UNREADABLE(get_free_pirq);
}

static uint32_t status_of(evtchn_port_t port, uint32_t *pirq)
{
    struct evtchn_status op = { .dom = DOMID_SELF, .port = port };

    HYPERCALL(event_channel_op, EVTCHNOP_status, &op);
    *pirq = op.u.pirq;
    return op.status;
}

void binding(void)
{
    struct physdev_irq_status_query query = { .irq = 3 };
    struct evtchn_bind_vcpu vcpu = { .vcpu = 0 };
    evtchn_port_t port;
    int pirq = 3;
    uint32_t of;

    CHECK_EQ(map_line(DOMID_SELF, 3, &pirq), 0);
    CHECK_EQ(bind(3, 0, &port), 0);
    CHECK_EQ(status_of(port, &of), EVTCHNSTAT_pirq);
    CHECK_EQ(of, 3);
    vcpu.port = port;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_vcpu, &vcpu), 0);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_irq_status_query, &query), 0);
    CHECK_EQ(query.flags, XENIRQSTAT_needs_eoi);
    CHECK_EQ(close(port), 0);
    CHECK_EQ(bind(3, ~0u, &port), 0);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_irq_status_query, &query), 0);
    CHECK_EQ(query.flags, XENIRQSTAT_needs_eoi);        /* shared with nobody */
    CHECK_EQ(close(port), 0);
    CHECK_EQ(unmap(DOMID_SELF, 3), 0);
    query.irq = 100000;
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_irq_status_query, &query), -XEN_EINVAL);
    query.irq = ~0u;
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_irq_status_query, &query), -XEN_EINVAL);
    CHECK_UNREADABLE(irq_status_query);
}

void binding_hostile(void)
{
    evtchn_port_t port;
    int pirq = SERIAL_LINE;

    CHECK_EQ(bind(7, 0, &port), -XEN_EPERM);            /* not mapped */
    CHECK_EQ(bind(0, 0, &port), -XEN_EPERM);
    CHECK_EQ(bind(NO_PIRQ, 0, &port), -XEN_EINVAL);
    CHECK_EQ(bind(~0u, 0, &port), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_pirq, 0), -XEN_EFAULT);
    CHECK_EQ(map_line(DOMID_SELF, SERIAL_LINE, &pirq), 0);
    CHECK_EQ(bind(SERIAL_LINE, 0, &port), -XEN_EBUSY);
    CHECK_EQ(bind(SERIAL_LINE, BIND_PIRQ__WILL_SHARE, &port), -XEN_EBUSY);
    CHECK_EQ(unmap(DOMID_SELF, SERIAL_LINE), 0);
}

/* The port stays what it is, and the pirq can't become something else as long. */
void unmapped_while_bound(void)
{
    evtchn_port_t port, second;
    int pirq = 20;
    uint32_t of;

    CHECK_EQ(map_line(DOMID_SELF, 20, &pirq), 0);
    CHECK_EQ(bind(20, 0, &port), 0);
    CHECK_EQ(bind(20, 0, &second), -XEN_EEXIST);
    CHECK_EQ(unmap(DOMID_SELF, 20), 0);
    CHECK_EQ(unmap(DOMID_SELF, 20), -XEN_EINVAL);
    CHECK_EQ(status_of(port, &of), EVTCHNSTAT_pirq);
    CHECK_EQ(of, 20);
    CHECK_EQ(EOI(20), 0);
    CHECK_EQ(map_line(DOMID_SELF, 20, &pirq), -XEN_EEXIST);
    CHECK_EQ(bind(20, 0, &second), -XEN_EPERM);
    CHECK_EQ(close(port), 0);
    CHECK_EQ(EOI(20), -XEN_EINVAL);
}
