/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What leaks.c has chosen is carried out: the option, the code, SPEC_CTRL and the barrier between vcpus. A guest has SPEC_CTRL
 * and PRED_CMD for itself as far as its CPUID policy announces them; what the hypervisor wants set stays set meanwhile.
 */
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <asm/init.h>
#include <asm/patch.h>
#include <asm/processor.h>
#include <asm/speculation.h>

#define MSR_ARCH_CAPABILITIES 0x10a

struct speculation_choice speculation read_mostly;
static bool has_control read_mostly;                    /* there is SPEC_CTRL, and it is ours to write */

static DEFINE_PER_CPU(uint32_t, loaded_control);        /* SPEC_CTRL, where entries and exits leave it alone */
static DEFINE_PER_CPU(uint64_t, predicts_for);          /* predictor_id of the vcpu that ran last */

void stuff_return_predictor(void);      /* thunk.S */

static init_data struct speculation_options options = { -1, -1, -1, -1, -1, -1, -1 };

static init_text int parse_spec_ctrl(const char *s)
{
    return speculation_parse(s, &options);
}
custom_param("spec-ctrl", parse_spec_ctrl);

static init_text struct leak_facts find_facts(void)
{
    struct leak_facts f = { .intel = boot_cpu.intel, .amd = boot_cpu.amd, .family = boot_cpu.family,
                            .model = boot_cpu.model };
    uint32_t a, b, c, d;

    if (boot_cpu.max_leaf >= 7) {
        cpuid(7, 0, &a, &b, &c, &f.edx7);
        f.rtm = b & (1u << 11);
    }
    if (boot_cpu.max_ext_leaf >= 0x80000008u)
        cpuid(0x80000008u, 0, &a, &f.ebx8, &c, &d);
    if (f.edx7 & EDX7_ARCH_CAPS)
        rdmsr_safe(MSR_ARCH_CAPABILITIES, &f.arch_caps);
    return f;
}

/* See asm/speculation.h. */
init_text void find_weaknesses(void)
{
    struct leak_facts f = find_facts();

    boot_cpu.meltdown = leaks_of(&f) & (1u << LEAK_MELTDOWN);
    boot_cpu.itlb_multihit = has_multihit(&f);
}

static init_text void print_choice(const struct leak_facts *f)
{
    static const char *const thunks[] = {
        [THUNK_RETPOLINE] = "retpolines", [THUNK_LFENCE] = "LFENCE and JMP", [THUNK_JMP] = "plain JMP" };
    const struct speculation_choice *c = &speculation;
    unsigned leaks = leaks_of(f);
    char line[128] = "";

    for (unsigned i = 0; i < NR_LEAKS; i++)
        if (leaks & (1u << i)) {
            strlcat(line, " ", sizeof(line));
            strlcat(line, leak_name(i), sizeof(line));
        }
    printk("Speculation: the processor has%s\n", line);
    printk("Speculation (spec-ctrl): indirect branches by %s;%s%s%s%s%s\n", thunks[c->thunk],
           c->guards & GUARD_IBRS ? " IBRS at entries;" : c->own_control & SPEC_CTRL_IBRS ? " IBRS always;" : " no IBRS;",
           c->barrier ? " IBPB between virtual CPUs;" : " no IBPB;", c->own_control & SPEC_CTRL_SSBD ? " SSBD;" : "",
           c->guards & GUARD_RSB ? " return predictions at entries;" : "",
           c->guards & GUARD_VERW ? " VERW at exits" : " no VERW");
}

/* See asm/speculation.h. */
void speculation_init_cpu(void)
{
    struct cpu_info *info = get_cpu_info();

    info->own_control = speculation.own_control;
    info->guest_control = speculation.guest_control;
    if (!has_control)
        return;
    wrmsr(MSR_SPEC_CTRL, speculation.own_control);
    this_cpu(loaded_control) = speculation.own_control;
}

/* See asm/speculation.h. */
init_text void speculation_init(bool isolates)
{
    static const unsigned purposes[] = {
        [THUNK_RETPOLINE] = 0, [THUNK_LFENCE] = PATCH_THUNK_LFENCE, [THUNK_JMP] = PATCH_THUNK_JMP };
    struct leak_facts f = find_facts();

    speculation = speculation_choose(&f, &options);
    has_control = (speculation.edx7 & (EDX7_IBRS_IBPB | EDX7_STIBP | EDX7_SSBD)) ||
                  (speculation.ebx8 & (EBX8_IBRS | EBX8_STIBP | EBX8_SSBD));
    print_choice(&f);
    patch_apply(purposes[speculation.thunk] | (boot_cpu.smap ? PATCH_SMAP : 0) |
                (isolates || speculation.guards ? PATCH_GUARD : 0));
    speculation_init_cpu();
}

/* Where entries and exits don't write it, SPEC_CTRL keeps what the guest wants while the hypervisor runs too. */
static void load_guest_control(const struct vcpu *v)
{
    struct cpu_info *info = get_cpu_info();

    info->guest_control = speculation.guest_control | v->arch.spec_ctrl;
    if (!has_control || (speculation.guards & GUARD_IBRS) || this_cpu(loaded_control) == info->guest_control)
        return;
    wrmsr(MSR_SPEC_CTRL, info->guest_control);
    this_cpu(loaded_control) = info->guest_control;
}

/* See asm/speculation.h. Idling in between doesn't matter: what predicts then is ours. */
void speculation_switch(const struct vcpu *next)
{
    get_cpu_info()->guards = speculation.guards;
    load_guest_control(next);
    if (!speculation.barrier || this_cpu(predicts_for) == next->arch.predictor_id)
        return;
    this_cpu(predicts_for) = next->arch.predictor_id;
    wrmsr(MSR_PRED_CMD, PRED_CMD_IBPB);
    stuff_return_predictor();
}

/* See asm/speculation.h. v is current. */
bool guest_write_spec_ctrl(struct vcpu *v, uint64_t value, uint32_t mask)
{
    if (value & ~(uint64_t)mask)
        return false;
    v->arch.spec_ctrl = value;
    load_guest_control(v);
    return true;
}

/* See asm/speculation.h. The guest's policy announces it. */
bool guest_write_pred_cmd(uint64_t value)
{
    if (value & ~(uint64_t)PRED_CMD_IBPB)
        return false;
    if (value)
        wrmsr(MSR_PRED_CMD, value);
    return true;
}
