/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Children: other, unprivileged domains that a test kernel makes when it runs as domain 0, in its own width. In a child
 * runs a copy of the test kernel, at the same addresses and with the data of the moment when it was built, but
 * begins with a function of the test's choice:
 *
 *     static struct child child;
 *
 *     CHECK_EQ(child_run(&child, body, argument), SHUTDOWN_poweroff);     // body(argument), in the child
 *     child_read(&child, &result, sizeof(result));                       // what body wrote to our variable
 *     CHECK(child_destroy(&child));
 *
 * CHECK in the child ends its function, and the test in domain 0 has failed. A child is destroyed at the latest when its
 * struct is used for the next one.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include <public/domctl.h>
#include <public/sysctl.h>

#define CHILD_PAGES 2048

struct child {
    domid_t id;                         /* 0: there is none */
    unsigned int pages;                 /* pseudo-physical ones, from 0 on, page n mapped at VIRT_BASE + n pages */
    xen_pfn_t frames[CHILD_PAGES];      /* behind them */
};

/* A paused domain with that many vcpus, of our width, without memory. 0 or the failed call's error. */
long child_create(struct child *c, unsigned int vcpus);
/* Its memory, and vcpu 0 about to call body(argument) and to power the domain off then. 0 or an error. */
long child_build(struct child *c, void (*body)(void *), void *argument);
/* Let it run until it shuts down: the reason (SHUTDOWN_*), or -1 after the test was made to fail. */
int child_wait(struct child *c);
/* All of that: create, build, run, wait. */
int child_run(struct child *c, void (*body)(void *), void *argument);
/* Note its calls as the running test's; child_wait does it. */
void see_calls_of(const struct child *c);
/* True when nothing of it is left. */
bool child_destroy(struct child *c);

/* The child's page in the place of our page `at`, writable. 0 or an error. */
long child_map(const struct child *c, void *at, unsigned long pfn);
void child_unmap(void *at);             /* ours is there again */
/* What the child has at the address of an object of ours, into that. False: not mapped. */
bool child_read(const struct child *c, void *object, size_t size);

/* The calls, with what each of their structures begins with filled in. */
long domctl(xen_domctl_t *op, uint32_t cmd, domid_t domain);
long sysctl(xen_sysctl_t *op, uint32_t cmd);
/* DOMCTL(max_mem, id, .max_mem.max_memkb = 4096): for those that say no more than 0 or an error. */
#define DOMCTL(cmd, id, ...) domctl(&(xen_domctl_t){ .u = { __VA_ARGS__ } }, XEN_DOMCTL_##cmd, id)
#define SYSCTL(cmd, ...)     sysctl(&(xen_sysctl_t){ .u = { __VA_ARGS__ } }, XEN_SYSCTL_##cmd)

/* Frames that belong to nobody, once their number stands still: what was destroyed is freed a little later. */
uint64_t free_frames(void);

#endif
