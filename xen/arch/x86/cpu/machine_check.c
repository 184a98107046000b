/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine checks. Each error is in a bank of registers. One that nobody has used, or that was corrected, is told of and
 * all goes on; a guest that has used broken memory is crashed; anything else ends the hypervisor, with the banks in the
 * message. Domain 0 isn't told: see mca.c.
 *
 * The exception may come anywhere, also while the console's lock is held. So what is harmless is told of by a softirq,
 * and stays in its bank until then.
 */
#include <xen/debug.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <asm/machine_check.h>
#include <asm/processor.h>

#define CPUID_1_EDX_MCE (1u << 7)
#define CPUID_1_EDX_MCA (1u << 14)

#define MCG_CAP_BANKS 0xff
#define BANKS_MAX     32UL              /* by these numbers of MSRs; where AMD has more, they have others */
#define MCG_CTL_P     (1u << 8)         /* MCG_CTL is there */
#define MCG_SER_P     (1u << 24)        /* the processor tells what software can recover from: MCI_S, MCI_AR */
#define MCG_RIPV      1u                /* the interrupted program can go on */
#define MCG_EIPV      2u                /* it is what the error has to do with; else it is another logical processor's */

#define MCI_VALID     (1UL << 63)
#define MCI_OVER      (1UL << 62)       /* another error was lost */
#define MCI_UC        (1UL << 61)       /* not corrected */
#define MCI_EN        (1UL << 60)       /* it raises the exception */
#define MCI_MISCV     (1UL << 59)
#define MCI_ADDRV     (1UL << 58)
#define MCI_PCC       (1UL << 57)       /* the processor's state may be corrupt */
#define MCI_S         (1UL << 56)       /* this raised it */
#define MCI_AR        (1UL << 55)       /* something must be done before the interrupted program goes on */

#define GART_WALK     (1UL << 10)       /* bank 4 of family 15: raised by what graphics drivers do rightly (AMD BKDG) */
#define NEHALEM       0x1a              /* model; before it bank 0 is the firmware's (SDM) */

enum severity { HARMLESS, USED, FATAL };

static unsigned nr_banks;               /* of each processor; 0: none of these registers is there */

static unsigned find_banks(void)
{
    uint32_t a, b, c, d, both = CPUID_1_EDX_MCE | CPUID_1_EDX_MCA;

    cpuid(1, 0, &a, &b, &c, &d);
    return (d & both) == both ? min(rdmsr(MSR_MCG_CAP) & MCG_CAP_BANKS, BANKS_MAX) : 0;
}

static unsigned bank_msr(unsigned bank)
{
    return MSR_MC0_CTL + 4 * bank;
}

static uint64_t bank_status(unsigned bank)
{
    return rdmsr(bank_msr(bank) + 1);
}

/* Whether the processor says which errors software can recover from. */
static bool tells(void)
{
    return rdmsr(MSR_MCG_CAP) & MCG_SER_P;
}

static enum severity judge(uint64_t status)
{
    if ((status & (MCI_VALID | MCI_UC | MCI_EN)) != (MCI_VALID | MCI_UC | MCI_EN))
        return HARMLESS;
    if ((status & MCI_PCC) || !tells())
        return FATAL;
    if (!(status & MCI_S) || !(status & MCI_AR))
        return HARMLESS;                /* found in memory, not used yet */
    return status & MCI_OVER ? FATAL : USED;
}

static enum severity worst(void)
{
    enum severity severity = HARMLESS;

    for (unsigned bank = 0; bank < nr_banks; bank++)
        severity = max(severity, judge(bank_status(bank)));
    return severity == USED && !(rdmsr(MSR_MCG_STATUS) & MCG_EIPV) ? HARMLESS : severity;
}

/* "bank 1: status x, address y, misc z". How long that is, or would be; 0: the bank has no error. */
static int describe(char *text, size_t size, unsigned bank)
{
    uint64_t status = bank_status(bank);
    int n;

    if (!(status & MCI_VALID))
        return 0;
    n = snprintf(text, size, "bank %u: status %016lx", bank, status);
    if ((status & MCI_ADDRV) && n < (int)size)
        n += snprintf(text + n, size - n, ", address %lx", rdmsr(bank_msr(bank) + 2));
    if ((status & MCI_MISCV) && n < (int)size)
        n += snprintf(text + n, size - n, ", misc %lx", rdmsr(bank_msr(bank) + 3));
    return n;
}

/* used: also of memory that was used, which the logical processor that did so, perhaps another with the same banks, tells. */
static void tell_and_clear(const char *when, bool used)
{
    char text[128];

    for (unsigned bank = 0; bank < nr_banks; bank++) {
        if (!used && judge(bank_status(bank)) == USED)
            continue;
        if (!describe(text, sizeof(text), bank))
            continue;
        wrmsr(bank_msr(bank) + 1, 0);
        printk(LOG_ERR "Machine check%s on CPU %u: %s\n", when, smp_processor_id(), text);
    }
}

static void machine_check_softirq(void)
{
    tell_and_clear("", false);
}

static void noreturn give_up(const struct cpu_user_regs *regs)
{
    char text[512] = "machine check";
    size_t n = strlen(text);

    for (unsigned bank = 0; bank < nr_banks && n < sizeof(text) - 2; bank++)
        if (bank_status(bank) & MCI_VALID) {
            n += snprintf(text + n, sizeof(text) - n, "; ");
            n += describe(text + n, sizeof(text) - n, bank);
        }
    fatal_trap(regs, text);
}

void machine_check(struct cpu_user_regs *regs)
{
    enum severity severity = nr_banks ? worst() : FATAL;

    if (severity == USED && guest_mode(regs)) {
        wrmsr(MSR_MCG_STATUS, 0);
        local_irq_enable();
        tell_and_clear("", true);
        domain_crash(current->domain, "it has used broken memory: machine check");
        return;
    }
    if (severity != HARMLESS || !(rdmsr(MSR_MCG_STATUS) & MCG_RIPV))
        give_up(regs);
    raise_softirq(MACHINE_CHECK_SOFTIRQ);
    wrmsr(MSR_MCG_STATUS, 0);           /* the last thing: another one may come now, on the same stack */
}

static uint64_t control_of(unsigned bank)
{
    return boot_cpu.amd && boot_cpu.family == 15 && bank == 4 ? ~GART_WALK : ~0UL;
}

static unsigned first_own_bank(void)
{
    return boot_cpu.intel && boot_cpu.family == 6 && boot_cpu.model < NEHALEM;
}

void machine_check_init(void)
{
    nr_banks = find_banks();
    if (!nr_banks)
        return;
    open_softirq(MACHINE_CHECK_SOFTIRQ, machine_check_softirq);
    tell_and_clear(" before the boot", true);
    if (rdmsr(MSR_MCG_CAP) & MCG_CTL_P)
        wrmsr(MSR_MCG_CTL, ~0UL);
    for (unsigned bank = first_own_bank(); bank < nr_banks; bank++)
        wrmsr(bank_msr(bank), control_of(bank));
}
