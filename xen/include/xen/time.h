/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time. System time counts nanoseconds since boot, the same on every CPU, and never goes back.
 * arch/x86/time.
 */
#ifndef XEN_TIME_H
#define XEN_TIME_H

#include <xen/types.h>

#define SECONDS(s)   ((s_time_t)(s) * 1000000000)
#define MILLISECS(s) ((s_time_t)(s) * 1000000)
#define MICROSECS(s) ((s_time_t)(s) * 1000)
#define STIME_MAX    INT64_MAX

s_time_t NOW(void);
uint64_t tsc_khz(void);
/* Wall clock at system time 0: seconds, nanoseconds since 1970. */
void wallclock_base(uint64_t *sec, uint32_t *nsec);
void do_settime(uint64_t sec, uint32_t nsec, s_time_t system_time_base);
void udelay(unsigned us);                 /* busy */

struct vcpu; struct domain;
/* refresh v->vcpu_info->time (and the registered copy) if the calibration moved */
void update_vcpu_system_time(struct vcpu *v);
void force_update_vcpu_system_time(struct vcpu *v);
void update_domain_wallclock(struct domain *d);  /* shared_info wc_* */
/*
 * Arm this CPU's timer interrupt (which raises TIMER_SOFTIRQ); 0 disarms. False: already past.
 * arch/x86/time
 */
bool reprogram_timer(s_time_t deadline);

#endif
