/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's side of the FIFO ABI: see fifo.h. */
#include "fifo.h"

event_word_t words[PORTS] __attribute__((aligned(4096)));

static char blocks[PAGE_SIZE] __attribute__((aligned(4096)));

/* What vcpus know of their queues: those that aren't empty, and their heads, 0 if that is in the control block. */
static struct {
    uint32_t ready, head[EVTCHN_FIFO_MAX_QUEUES];
} queues[VCPUS];

static const uint32_t offsets[VCPUS] = { 0, PAGE_SIZE - sizeof(evtchn_fifo_control_block_t) };

evtchn_fifo_control_block_t *control(unsigned int vcpu)
{
    return (evtchn_fifo_control_block_t *)(blocks + offsets[vcpu]);
}

/* ---- the calls */

long init_control(unsigned int vcpu, uint64_t frame, uint32_t offset)
{
    struct evtchn_init_control op = { .control_gfn = frame, .offset = offset, .vcpu = vcpu };
    long error = HYPERCALL(event_channel_op, EVTCHNOP_init_control, &op);

    if (!error && op.link_bits != EVTCHN_FIFO_LINK_BITS)
        fail("init_control says that links have %u bits", op.link_bits);
    return error;
}

long expand_array(uint64_t frame)
{
    struct evtchn_expand_array op = { .array_gfn = frame };

    return HYPERCALL(event_channel_op, EVTCHNOP_expand_array, &op);
}

long set_priority(evtchn_port_t port, unsigned int priority)
{
    struct evtchn_set_priority op = { .port = port, .priority = priority };

    return HYPERCALL(event_channel_op, EVTCHNOP_set_priority, &op);
}

long give_control(unsigned int vcpu)
{
    memset(control(vcpu), 0, sizeof(*control(vcpu)));
    memset(&queues[vcpu], 0, sizeof(queues[vcpu]));
    return init_control(vcpu, virt_to_mfn(blocks), offsets[vcpu]);
}

long give_page(unsigned int page)
{
    memset(words + page * WORDS, 0, PAGE_SIZE);
    return expand_array(virt_to_mfn(words + page * WORDS));
}

long begin_fifo(unsigned int vcpus, unsigned int pages)
{
    long error = ports_reset(DOMID_SELF);

    for (unsigned int vcpu = 0; vcpu < vcpus && !error; vcpu++) {
        error = give_control(vcpu);
        told(vcpu);
    }
    for (unsigned int page = 0; page < pages && !error; page++)
        error = give_page(page);
    return error;
}

/* ---- events */

/* The port is its queue's head no more; what was linked behind it. The hypervisor is waited for if it asks for that. */
static uint32_t unlink(evtchn_port_t port)
{
    event_word_t old, new;

    do {
        old = *(volatile event_word_t *)&words[port] & ~BUSY;
        new = old & ~(LINKED | EVTCHN_FIFO_LINK_MASK);
    } while (!__sync_bool_compare_and_swap(&words[port], old, new));
    return old & EVTCHN_FIFO_LINK_MASK;
}

evtchn_port_t take(unsigned int vcpu)
{
    evtchn_port_t port;
    unsigned int first;

    queues[vcpu].ready |= __atomic_exchange_n(&control(vcpu)->ready, 0, __ATOMIC_SEQ_CST);
    if (!queues[vcpu].ready)
        return 0;
    first = __builtin_ctz(queues[vcpu].ready);
    port = queues[vcpu].head[first] ?: control(vcpu)->head[first];
    queues[vcpu].head[first] = unlink(port);
    if (!queues[vcpu].head[first])
        queues[vcpu].ready &= ~(1u << first);
    return port;
}

bool told(unsigned int vcpu)
{
    return __atomic_exchange_n(&shared->vcpu_info[vcpu].evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
}

void set_bits(evtchn_port_t port, event_word_t bits)
{
    __sync_fetch_and_or(&words[port], bits);
}

void clear_bits(evtchn_port_t port, event_word_t bits)
{
    __sync_fetch_and_and(&words[port], ~bits);
}
