/* SPDX-License-Identifier: GPL-2.0-only */
/* The battery-backed clock of a PC, and the wall clock made from it. */
#include <xen/acpi.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/spinlock.h>
#include <asm/io.h>
#include <asm/processor.h>
#include <asm/time.h>

#define CMOS_INDEX   0x70
#define CMOS_DATA    0x71
#define RTC_STATUS_A 0x0a
#define RTC_STATUS_B 0x0b
#define RTC_UPDATING 0x80
#define RTC_BINARY   0x04
#define RTC_24H      0x02
#define RTC_PM       0x80
#define NS_PER_SEC   1000000000ULL

struct rtc { unsigned sec, min, hour, day, month, year; };

static init_text unsigned cmos_read(uint8_t reg)
{
    outb(reg, CMOS_INDEX);
    return inb(CMOS_DATA);
}

static init_text void wait_update(void)
{
    for (unsigned i = 0; i < 10000 && (cmos_read(RTC_STATUS_A) & RTC_UPDATING); i++)
        cpu_relax();
}

static init_text struct rtc read_registers(void)
{
    return (struct rtc) { cmos_read(0), cmos_read(2), cmos_read(4), cmos_read(7), cmos_read(8),
                          cmos_read(9) };
}

static init_text unsigned from_bcd(unsigned v)
{
    return (v >> 4) * 10 + (v & 0xf);
}

/*
 * Days from 1970-01-01 to a date of the Gregorian calendar; March starts the year, so that leap days end it.
 */
static init_text uint64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
    unsigned from_march = month > 2 ? month - 3 : month + 9;

    year -= month <= 2;
    return 365ULL * year + year / 4 - year / 100 + year / 400 + (153 * from_march + 2) / 5 + day - 1 - 719468;
}

static init_text uint64_t to_seconds(struct rtc r, uint8_t status_b)
{
    unsigned pm = r.hour & RTC_PM;

    r.hour &= ~RTC_PM;
    if (!(status_b & RTC_BINARY))
        r = (struct rtc) { from_bcd(r.sec), from_bcd(r.min), from_bcd(r.hour), from_bcd(r.day),
                           from_bcd(r.month), from_bcd(r.year) };
    if (!(status_b & RTC_24H))
        r.hour = r.hour % 12 + (pm ? 12 : 0);
    r.year += r.year < 70 ? 2000 : 1900;
    return ((days_since_1970(r.year, r.month, r.day) * 24 + r.hour) * 60 + r.min) * 60 + r.sec;
}

/* Read twice alike, not in the middle of an update. */
init_text uint64_t cmos_time(void)
{
    struct rtc a, b;

    if (acpi.present && !acpi.has_cmos)
        return 0;
    for (unsigned i = 0; i < 10; i++) {
        wait_update();
        a = read_registers();
        wait_update();
        b = read_registers();
        if (memcmp(&a, &b, sizeof(a)) == 0 && a.month >= 1 && a.day >= 1)
            return to_seconds(a, cmos_read(RTC_STATUS_B));
    }
    return 0;
}

/* ---- wall clock: nanoseconds since 1970 at system time 0 ---- */

static DEFINE_SPINLOCK(wallclock_lock);
static uint64_t wallclock_ns;

init_text void wallclock_init(void)
{
    uint64_t sec = cmos_time();

    wallclock_ns = sec * NS_PER_SEC - NOW();
    printk(LOG_INFO "Wall clock: %lu seconds since 1970\n", (unsigned long)sec);
}

void wallclock_base(uint64_t *sec, uint32_t *nsec)
{
    uint64_t ns;

    spin_lock(&wallclock_lock);
    ns = wallclock_ns;
    spin_unlock(&wallclock_lock);
    *sec = ns / NS_PER_SEC;
    *nsec = ns % NS_PER_SEC;
}

/* It was sec, nsec at system time base: for all domains. */
void do_settime(uint64_t sec, uint32_t nsec, s_time_t base)
{
    struct domain *d;

    spin_lock(&wallclock_lock);
    wallclock_ns = sec * NS_PER_SEC + nsec - base;
    spin_unlock(&wallclock_lock);
    read_lock(&domlist_lock);
    for_each_domain(d)
        update_domain_wallclock(d);
    read_unlock(&domlist_lock);
}
