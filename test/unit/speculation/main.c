/* SPDX-License-Identifier: GPL-2.0-only */
/* A table of processors and what is chosen for each; the option; code that moves. */
#include <stdio.h>
#include <string.h>

#include <asm/patch.h>
#include <asm/speculation.h>

/* What the sources want of others. */
const struct patch __init_patches_start[1], __init_patches_end[1];
paddr_t virt_to_maddr(const void *va);
paddr_t virt_to_maddr(const void *va)
{
    return 0;
}
int parse_bool(const char *s);
int parse_bool(const char *s)
{
    return strcmp(s, "yes") == 0 || strcmp(s, "1") == 0 ? 1 : strcmp(s, "no") == 0 || strcmp(s, "0") == 0 ? 0 : -1;
}

#define LEAK(name)   (1u << LEAK_##name)
#define SPECTRE      (LEAK(SPECTRE_V1) | LEAK(SPECTRE_V2))
#define OLD_INTEL    (SPECTRE | LEAK(MELTDOWN) | LEAK(L1TF) | LEAK(SSB) | LEAK(MDS))
#define UPDATED      (EDX7_IBRS_IBPB | EDX7_STIBP | EDX7_SSBD)
#define RDCL_NO      (1ul << 0)
#define IBRS_ALL     (1ul << 1)
#define RSBA         (1ul << 2)
#define SSB_NO       (1ul << 4)
#define MDS_NO       (1ul << 5)
#define TAA_NO       (1ul << 8)
#define MMIO_NO      (7ul << 13)
#define FB_CLEAR     (1ul << 17)
#define RFDS_CLEAR   (1ul << 28)
#define RFDS_NO      (1ul << 27)

static const struct {
    const char *name;
    struct leak_facts facts;
    unsigned leaks, guards;
    uint32_t own, guest;
    bool barrier;
} processors[] = {
    { "QEMU_AMD", { .amd = true, .family = 15, .model = 107 }, SPECTRE | LEAK(SSB), 0, 0, 0, false },
    { "Nehalem", { .intel = true, .family = 6, .model = 26 }, OLD_INTEL, 0, 0, 0, false },
    { "Haswell", { .intel = true, .rtm = true, .family = 6, .model = 60, .edx7 = UPDATED | EDX7_MD_CLEAR },
      OLD_INTEL | LEAK(TAA), GUARD_VERW, 0, 0, true },
    { "Skylake_as_made", { .intel = true, .rtm = true, .family = 6, .model = 94 }, OLD_INTEL | LEAK(TAA), 0, 0, 0, false },
    { "Skylake", { .intel = true, .rtm = true, .family = 6, .model = 94, .edx7 = UPDATED | EDX7_MD_CLEAR },
      OLD_INTEL | LEAK(TAA), GUARD_VERW | GUARD_IBRS, SPEC_CTRL_IBRS, 0, true },
    { "says_RSBA", { .intel = true, .family = 6, .model = 61, .edx7 = UPDATED | EDX7_ARCH_CAPS, .arch_caps = RSBA },
      OLD_INTEL, GUARD_IBRS, SPEC_CTRL_IBRS, 0, true },
    { "Cascade_Lake", { .intel = true, .rtm = true, .family = 6, .model = 85,
                        .edx7 = UPDATED | EDX7_MD_CLEAR | EDX7_ARCH_CAPS, .arch_caps = RDCL_NO | IBRS_ALL | MDS_NO },
      SPECTRE | LEAK(SSB) | LEAK(TAA), GUARD_VERW, SPEC_CTRL_IBRS, SPEC_CTRL_IBRS, true },
    { "Ice_Lake", { .intel = true, .family = 6, .model = 106, .edx7 = UPDATED | EDX7_MD_CLEAR | EDX7_ARCH_CAPS,
                    .arch_caps = RDCL_NO | IBRS_ALL | MDS_NO | TAA_NO | FB_CLEAR },
      SPECTRE | LEAK(SSB) | LEAK(MMIO), GUARD_VERW, SPEC_CTRL_IBRS, SPEC_CTRL_IBRS, true },
    { "Sapphire_Rapids", { .intel = true, .rtm = true, .family = 6, .model = 143,
                           .edx7 = UPDATED | EDX7_MD_CLEAR | EDX7_ARCH_CAPS,
                           .arch_caps = RDCL_NO | IBRS_ALL | SSB_NO | MDS_NO | TAA_NO | FB_CLEAR | MMIO_NO | RFDS_NO },
      SPECTRE, 0, SPEC_CTRL_IBRS, SPEC_CTRL_IBRS, true },
    { "Gracemont", { .intel = true, .family = 6, .model = 190, .edx7 = UPDATED | EDX7_ARCH_CAPS,
                     .arch_caps = RDCL_NO | IBRS_ALL | MDS_NO | TAA_NO | RFDS_CLEAR },
      SPECTRE | LEAK(SSB) | LEAK(RFDS), GUARD_VERW, SPEC_CTRL_IBRS, SPEC_CTRL_IBRS, true },
    { "Pentium_4", { .intel = true, .family = 15, .model = 6 }, SPECTRE | LEAK(SSB), 0, 0, 0, false },
    { "EPYC_as_made", { .amd = true, .family = 23, .model = 1 }, SPECTRE | LEAK(SSB), 0, 0, 0, false },
    { "EPYC", { .amd = true, .family = 23, .model = 49, .ebx8 = EBX8_IBPB | EBX8_IBRS | EBX8_STIBP | EBX8_SSBD },
      SPECTRE | LEAK(SSB), 0, 0, 0, true },
    { "says_SSB_NO", { .amd = true, .family = 25, .model = 1, .ebx8 = EBX8_IBPB | EBX8_SSB_NO }, SPECTRE, 0, 0, 0, true },
    { "other_maker", { .family = 7, .model = 27 }, SPECTRE | LEAK(SSB), 0, 0, 0, false },
};

static bool failed;

static void verdict(const char *group, const char *name, bool ok)
{
    printf("%s %s_%s\n", ok ? "ok" : "FAIL", group, name);
    failed |= !ok;
}

static void choices(void)
{
    const struct speculation_options options = SPECULATION_DEFAULT;

    for (unsigned i = 0; i < sizeof(processors) / sizeof(processors[0]); i++) {
        struct speculation_choice c = speculation_choose(&processors[i].facts, &options);

        verdict("processor", processors[i].name,
                leaks_of(&processors[i].facts) == processors[i].leaks && c.thunk == THUNK_RETPOLINE &&
                c.guards == processors[i].guards && c.own_control == processors[i].own &&
                c.guest_control == processors[i].guest && c.barrier == processors[i].barrier &&
                !(c.edx7 & ~processors[i].facts.edx7) && !(c.ebx8 & ~processors[i].facts.ebx8));
    }
}

/* What is asked for, of a processor that has all of it and of one that has nothing. */
static const struct { const char *option; int result; unsigned guards; uint32_t own, guest; bool barrier; enum thunk thunk; }
options[] = {
    { "", 0, GUARD_VERW | GUARD_IBRS, SPEC_CTRL_IBRS, 0, true, THUNK_RETPOLINE },
    { "yes", 0, GUARD_VERW | GUARD_IBRS, SPEC_CTRL_IBRS, 0, true, THUNK_RETPOLINE },
    { "no", 0, 0, 0, 0, false, THUNK_JMP },
    { "no,ibpb", 0, 0, 0, 0, true, THUNK_JMP },
    { "no,yes", 0, GUARD_VERW | GUARD_IBRS, SPEC_CTRL_IBRS, 0, true, THUNK_RETPOLINE },
    { "bti-thunk=retpoline", 0, GUARD_VERW, 0, 0, true, THUNK_RETPOLINE },
    { "bti-thunk=lfence,ibrs=yes", 0, GUARD_VERW | GUARD_IBRS, SPEC_CTRL_IBRS, 0, true, THUNK_LFENCE },
    { "bti-thunk=jmp,no-verw", 0, 0, 0, 0, true, THUNK_JMP },
    { "no-msr-sc", 0, GUARD_VERW, 0, 0, true, THUNK_RETPOLINE },
    { "ssbd,rsb", 0, GUARD_VERW | GUARD_IBRS | GUARD_RSB, SPEC_CTRL_IBRS | SPEC_CTRL_SSBD, SPEC_CTRL_SSBD, true,
      THUNK_RETPOLINE },
    { "md-clear=no,ibpb=0", 0, GUARD_IBRS, SPEC_CTRL_IBRS, 0, false, THUNK_RETPOLINE },
    /* Refused as a whole. */
    { "no,maybe", -1, 0, 0, 0, 0, 0 }, { "bti-thunk=", -1, 0, 0, 0, 0, 0 }, { "bti-thunk", -1, 0, 0, 0, 0, 0 },
    { "ibrs=perhaps", -1, 0, 0, 0, 0, 0 }, { "no-", -1, 0, 0, 0, 0, 0 }, { "=", -1, 0, 0, 0, 0, 0 },
    { "yes=1", -1, 0, 0, 0, 0, 0 }, { ",", -1, 0, 0, 0, 0, 0 }, { "no-bti-thunk=jmp", -1, 0, 0, 0, 0, 0 },
    { "a-word-that-is-longer-than-any-that-means-something", -1, 0, 0, 0, 0, 0 },
};

static void option(unsigned i, const struct leak_facts *all)
{
    static const struct leak_facts none = { .intel = true, .family = 6, .model = 94 };
    struct speculation_options o = SPECULATION_DEFAULT, before = o;
    bool refused = speculation_parse(options[i].option, &o) != 0;
    struct speculation_choice c = speculation_choose(all, &o), nothing = speculation_choose(&none, &o);

    if (options[i].result)
        verdict("option", options[i].option, refused && memcmp(&o, &before, sizeof(o)) == 0);
    else
        verdict("option", options[i].option,
                !refused && c.guards == options[i].guards && c.own_control == options[i].own &&
                c.guest_control == options[i].guest && c.barrier == options[i].barrier && c.thunk == options[i].thunk &&
                !(nothing.guards & ~GUARD_RSB) && !nothing.own_control && !nothing.guest_control && !nothing.barrier);
}

static void guests_see(void)
{
    const struct leak_facts all = { .amd = true, .edx7 = ~0u, .ebx8 = ~0u };
    struct speculation_options o = { .thunk = -1, .msr = 0, .ibrs = 1, .ibpb = -1, .ssbd = 1, .rsb = -1, .verw = -1 };
    struct speculation_choice c = speculation_choose(&all, &o);

    verdict("guests_see", "nothing_of_registers", c.edx7 == EDX7_MD_CLEAR && !c.ebx8 && !c.own_control && !c.guest_control);
}

/* CALL and JMP still lead to where they did, up and down; all else is copied as it is. */
static void moved_code(void)
{
    static const struct { const char *name; uint8_t with[5]; unsigned length; unsigned long from, to; int32_t distance; }
    moves[] = {
        { "call_up", { 0xe8, 0x10, 0, 0, 0 }, 5, 0xffff82d000400000, 0xffff82d000200000, 0x200010 },
        { "jmp_down", { 0xe9, 0xf0, 0xff, 0xff, 0xff }, 5, 0xffff82d000200000, 0xffff82d000400000, -0x200010 },
        { "other", { 0x0f, 0x01, 0xca }, 3, 0x1000, 0x2000, 0 },
        { "short", { 0xe8, 1, 2 }, 3, 0x1000, 0x2000, 0 },
    };

    for (unsigned i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        uint8_t place[6] = { 0, 0, 0, 0, 0, 0x5a };
        int32_t distance;
        bool same;

        patch_code(place, moves[i].to, moves[i].with, moves[i].from, moves[i].length);
        memcpy(&distance, place + 1, sizeof(distance));
        same = moves[i].length == 5 ? place[0] == moves[i].with[0] && distance == moves[i].distance
                                    : memcmp(place, moves[i].with, 3) == 0 && place[3] == 0;
        verdict("moved", moves[i].name, same && place[5] == 0x5a);
    }
}

int main(void)
{
    const struct leak_facts skylake = { .intel = true, .family = 6, .model = 94, .edx7 = UPDATED | EDX7_MD_CLEAR };

    choices();
    for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        option(i, &skylake);
    guests_see();
    moved_code();
    return failed;
}
