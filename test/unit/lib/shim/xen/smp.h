/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_SMP_H
#define SHIM_SMP_H
#include <xen/percpu.h>
#include <xen/atomic.h>
#define smp_processor_id() test_cpu
#endif
