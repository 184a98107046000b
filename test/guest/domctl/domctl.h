/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this test share. */
#ifndef DOMCTL_TEST_H
#define DOMCTL_TEST_H

#include "child.h"
#include "test.h"

#include <public/errno.h>
#include <public/sched.h>

extern struct child child;

/* A child that has not run; it begins with idle() if it does. */
#define BUILD_CHILD(vcpus)                              \
    do {                                                \
        CHECK_EQ(child_create(&child, vcpus), 0);       \
        CHECK_EQ(child_build(&child, idle, NULL), 0);   \
    } while (0)

void idle(void *unused);
/* A page of ours that isn't mapped, and one that the hypervisor can read but not write. */
void *hole(void);
void *read_only(void);

/* domctl.c */
void create(void);
void create_refused(void);
void identity(void);
void header(void);
void no_such_domain(void);
void not_itself(void);
void destroy(void);
void unprivileged(void);

/* life.c */
void information(void);
void pause_counts(void);
void resume(void);
void max_mem(void);
void max_vcpus(void);
void address_size(void);
void time_offset(void);
void hypercall_page_of_child(void);
void frame_types(void);
void remains(void);

/* vcpu.c */
void context(void);
void context_refused(void);
void context_reset(void);
void other_width(void);
void ext_context(void);
void ext_state(void);
void msrs(void);
void vcpu_info(void);
void trigger(void);

/* rights.c */
void irqs(void);
void io_memory(void);
void io_ports(void);
void caching(void);
void vector_registers(void);
void target(void);
void virq_handler(void);

/* policy.c */
void affinity(void);
void nodes(void);
void scheduler(void);
void tsc(void);
void cpu_policy(void);
void absent(void);

#endif
