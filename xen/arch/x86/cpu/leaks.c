/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processors leak what, and what is done about it: numbers in, numbers out. What a processor announces is used, never
 * what its model might have after an update. Where Intel's processors don't say that they are free of a leak they are
 * taken to have it. Source: Intel's "Affected Processors" table and guidance of each leak, AMD's "Software techniques for
 * managing speculation".
 *
 * Indirect branches are retpolines by default everywhere: IBRS keeps what ring 3 taught apart from ring 0, but the kernels
 * of 32-bit guests run in ring 1, which is one with ring 0 for it. IBRS comes on top where it costs nothing on the way, or
 * where the RET of a retpoline may be predicted from what guests taught after all.
 *
 * Returns need no guard at entries: an entry from a guest begins an empty stack, so every RET has its CALL behind it.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/string.h>
#include <asm/init.h>
#include <asm/speculation.h>

/* IA32_ARCH_CAPABILITIES */
#define CAP_RDCL_NO     (1UL << 0)
#define CAP_IBRS_ALL    (1UL << 1)      /* set once, IBRS may stay on and is fast */
#define CAP_RSBA        (1UL << 2)      /* returns may be predicted like indirect branches */
#define CAP_SSB_NO      (1UL << 4)
#define CAP_MDS_NO      (1UL << 5)
#define CAP_PSCHANGE_MC_NO (1UL << 6)
#define CAP_TAA_NO      (1UL << 8)
#define CAP_MMIO_NO     (7UL << 13)     /* SBDR_SSDP_NO, FBSDP_NO, PSDP_NO */
#define CAP_FB_CLEAR    (1UL << 17)     /* VERW empties fill buffers too */
#define CAP_RFDS_NO     (1UL << 27)
#define CAP_RFDS_CLEAR  (1UL << 28)

#define LEAK(name) (1u << LEAK_##name)

const char *leak_name(enum leak leak)
{
    static const char *const names[NR_LEAKS] = {
        [LEAK_MELTDOWN] = "Meltdown", [LEAK_L1TF] = "L1TF", [LEAK_SPECTRE_V1] = "Spectre-v1",
        [LEAK_SPECTRE_V2] = "Spectre-v2", [LEAK_SSB] = "SSB", [LEAK_MDS] = "MDS", [LEAK_TAA] = "TAA",
        [LEAK_MMIO] = "MMIO", [LEAK_RFDS] = "RFDS",
    };

    return names[leak];
}

/* See asm/speculation.h. */
bool has_multihit(const struct leak_facts *f)
{
    return f->intel && f->family == 6 && !(f->arch_caps & CAP_PSCHANGE_MC_NO);
}

/* See asm/speculation.h. */
unsigned leaks_of(const struct leak_facts *f)
{
    unsigned leaks = LEAK(SPECTRE_V1) | LEAK(SPECTRE_V2);
    bool core = f->intel && f->family == 6;

    if (core && !(f->arch_caps & CAP_RDCL_NO))
        leaks |= LEAK(MELTDOWN) | LEAK(L1TF);
    if (!(f->arch_caps & CAP_SSB_NO) && !(f->ebx8 & EBX8_SSB_NO))
        leaks |= LEAK(SSB);
    if (core && !(f->arch_caps & CAP_MDS_NO))
        leaks |= LEAK(MDS);
    if (core && f->rtm && !(f->arch_caps & CAP_TAA_NO))
        leaks |= LEAK(TAA);
    if (core && (f->arch_caps & CAP_FB_CLEAR) && (f->arch_caps & CAP_MMIO_NO) != CAP_MMIO_NO)
        leaks |= LEAK(MMIO);
    if (core && (f->arch_caps & CAP_RFDS_CLEAR) && !(f->arch_caps & CAP_RFDS_NO))
        leaks |= LEAK(RFDS);
    return leaks;
}

/*
 * When many calls are nested, do these predict a return like any indirect branch? Skylake and its successors with the
 * same core; those that came later say so.
 */
static bool undercuts_retpolines(const struct leak_facts *f)
{
    static const uint8_t models[] = { 0x4e, 0x55, 0x5e, 0x66, 0x8e, 0x9e, 0xa5, 0xa6 };

    if (!f->intel || f->family != 6)
        return false;
    for (unsigned i = 0; i < ARRAY_SIZE(models); i++)
        if (f->model == models[i])
            return true;
    return f->arch_caps & CAP_RSBA;
}

/* VERW is of use where the processor says that it empties what leaks. */
static bool verw_helps(const struct leak_facts *f, unsigned leaks)
{
    return ((f->edx7 & EDX7_MD_CLEAR) && (leaks & (LEAK(MDS) | LEAK(TAA)))) || (leaks & (LEAK(MMIO) | LEAK(RFDS)));
}

static bool chosen(int option, bool otherwise)
{
    return option < 0 ? otherwise : option;
}

static void choose_ibrs(struct speculation_choice *c, const struct leak_facts *f, const struct speculation_options *o)
{
    bool always = f->arch_caps & CAP_IBRS_ALL;

    if (!((f->edx7 & EDX7_IBRS_IBPB) || (f->ebx8 & EBX8_IBRS)) ||
        !chosen(o->ibrs, always || (undercuts_retpolines(f) && o->thunk < 0)))
        return;
    c->own_control |= SPEC_CTRL_IBRS;
    if (always)
        c->guest_control |= SPEC_CTRL_IBRS;
    else
        c->guards |= GUARD_IBRS;
}

/* See asm/speculation.h. */
struct speculation_choice speculation_choose(const struct leak_facts *f, const struct speculation_options *o)
{
    struct speculation_choice c = { .thunk = o->thunk < 0 ? THUNK_RETPOLINE : o->thunk };
    unsigned leaks = leaks_of(f);

    c.edx7 = f->edx7 & EDX7_MD_CLEAR;
    if (chosen(o->msr, true)) {
        c.edx7 = f->edx7 & (EDX7_MD_CLEAR | EDX7_IBRS_IBPB | EDX7_STIBP | EDX7_SSBD);
        c.ebx8 = f->ebx8 & (EBX8_IBPB | EBX8_IBRS | EBX8_STIBP | EBX8_SSBD);
        if (chosen(o->ssbd, false) && ((c.edx7 & EDX7_SSBD) || (c.ebx8 & EBX8_SSBD)))
            c.own_control = c.guest_control = SPEC_CTRL_SSBD;
        choose_ibrs(&c, f, o);
    }
    c.barrier = chosen(o->ibpb, true) && ((f->edx7 & EDX7_IBRS_IBPB) || (f->ebx8 & EBX8_IBPB));
    if (chosen(o->rsb, false))
        c.guards |= GUARD_RSB;
    if (chosen(o->verw, verw_helps(f, leaks)) && (f->edx7 & EDX7_MD_CLEAR || verw_helps(f, leaks)))
        c.guards |= GUARD_VERW;
    return c;
}

/* ---- the option */

static int parse_thunk(const char *s)
{
    static const char *const names[] = { [THUNK_RETPOLINE] = "retpoline", [THUNK_LFENCE] = "lfence", [THUNK_JMP] = "jmp" };

    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(s, names[i]) == 0)
            return i;
    return -1;
}

/* All of it, or nothing of it. */
static int set_all(struct speculation_options *o, const char *word)
{
    int all = parse_bool(word);

    if (all < 0)
        return -EINVAL;
    *o = all ? SPECULATION_DEFAULT : (struct speculation_options){ .thunk = THUNK_JMP };
    return 0;
}

/* NAME, NAME=BOOL or no-NAME; bti-thunk=; a boolean alone. Writes into the word. */
static int parse_word(struct speculation_options *o, char *word)
{
    const struct { const char *name; int *option; } names[] = {
        { "msr-sc", &o->msr }, { "ibrs", &o->ibrs }, { "ibpb", &o->ibpb }, { "ssbd", &o->ssbd }, { "rsb", &o->rsb },
        { "md-clear", &o->verw }, { "verw", &o->verw },
    };
    char *value = strchr(word, '=');
    bool negated = strncmp(word, "no-", 3) == 0;
    int b;

    if (value)
        *value++ = '\0';
    if (value && strcmp(word, "bti-thunk") == 0)
        return (o->thunk = parse_thunk(value)) < 0 ? -EINVAL : 0;
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(word + (negated ? 3 : 0), names[i].name) == 0) {
            b = value ? parse_bool(value) : 1;
            if (b < 0)
                return -EINVAL;
            *names[i].option = b != negated;
            return 0;
        }
    return value ? -EINVAL : set_all(o, word);
}

/* See asm/speculation.h. */
int speculation_parse(const char *s, struct speculation_options *options)
{
    struct speculation_options o = *options;
    char word[32];

    while (*s) {
        const char *comma = strchr(s, ',');
        size_t n = comma ? (size_t)(comma - s) : strlen(s);

        if (n >= sizeof(word))
            return -EINVAL;
        memcpy(word, s, n);
        word[n] = '\0';
        s += n + (s[n] == ',');
        if (parse_word(&o, word) != 0)
            return -EINVAL;
    }
    *options = o;
    return 0;
}
