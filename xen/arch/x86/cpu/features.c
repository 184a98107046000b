/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the boot processor can do. All others are taken to be alike. Leaves and bits: Intel SDM vol. 2 CPUID,
 * AMD APM vol. 3 appendix E.
 */
#include <xen/lib.h>
#include <asm/processor.h>
#include <asm/speculation.h>

struct cpu_features boot_cpu;

struct regs4 { uint32_t a, b, c, d; };

static init_text struct regs4 leaf(unsigned nr, unsigned sub)
{
    struct regs4 r = { 0, 0, 0, 0 };

    if (nr <= (nr & 0x80000000u ? boot_cpu.max_ext_leaf : boot_cpu.max_leaf))
        cpuid(nr, sub, &r.a, &r.b, &r.c, &r.d);
    return r;
}

static init_text void find_vendor(char name[13])
{
    struct regs4 r;

    cpuid(0, 0, &r.a, &r.b, &r.c, &r.d);
    boot_cpu.max_leaf = r.a;
    memcpy(name, &r.b, 4);
    memcpy(name + 4, &r.d, 4);
    memcpy(name + 8, &r.c, 4);
    name[12] = '\0';
    boot_cpu.intel = strcmp(name, "GenuineIntel") == 0;
    boot_cpu.amd = strcmp(name, "AuthenticAMD") == 0 || strcmp(name, "HygonGenuine") == 0;
    cpuid(0x80000000u, 0, &r.a, &r.b, &r.c, &r.d);
    boot_cpu.max_ext_leaf = r.a;
}

static init_text void find_model(uint32_t sig)
{
    boot_cpu.family = (sig >> 8) & 0xf;
    boot_cpu.model = (sig >> 4) & 0xf;
    boot_cpu.stepping = sig & 0xf;
    if (boot_cpu.family == 6 || boot_cpu.family == 0xf)
        boot_cpu.model |= ((sig >> 16) & 0xf) << 4;
    if (boot_cpu.family == 0xf)
        boot_cpu.family += (sig >> 20) & 0xff;
}

static init_text void find_basic(void)
{
    struct regs4 r = leaf(1, 0);

    find_model(r.a);
    boot_cpu.sysenter = (r.d & (1u << 11)) && !boot_cpu.amd;
    boot_cpu.mwait = r.c & (1u << 3);
    boot_cpu.vmx = r.c & (1u << 5);
    boot_cpu.pcid = r.c & (1u << 17);
    boot_cpu.x2apic = r.c & (1u << 21);
    boot_cpu.tsc_deadline = r.c & (1u << 24);
    boot_cpu.xsave = r.c & (1u << 26);

    boot_cpu.arat = leaf(6, 0).a & (1u << 2);
    r = leaf(7, 0);
    boot_cpu.fsgsbase = r.b & (1u << 0);
    boot_cpu.smep = r.b & (1u << 7);
    boot_cpu.erms = r.b & (1u << 9);
    boot_cpu.invpcid = r.b & (1u << 10);
    boot_cpu.smap = r.b & (1u << 20);
    boot_cpu.umip = r.c & (1u << 2);
}

static init_text void find_extended(void)
{
    struct regs4 r = leaf(0x80000001u, 0);

    boot_cpu.svm = r.c & (1u << 2);
    boot_cpu.nx = r.d & (1u << 20);
    boot_cpu.fxsr_opt = r.d & (1u << 25);
    boot_cpu.page1gb = r.d & (1u << 26);
    boot_cpu.rdtscp = r.d & (1u << 27);
    boot_cpu.syscall32 = boot_cpu.amd;
    boot_cpu.nonstop_tsc = leaf(0x80000007u, 0).d & (1u << 8);
    boot_cpu.constant_tsc = boot_cpu.nonstop_tsc ||
        (boot_cpu.intel && ((boot_cpu.family == 0xf && boot_cpu.model >= 3) ||
                            (boot_cpu.family == 6 && boot_cpu.model >= 0xe)));
    r = leaf(0x80000008u, 0);
    boot_cpu.phys_bits = r.a ? r.a & 0xff : 36;
    boot_cpu.virt_bits = r.a ? (r.a >> 8) & 0xff : 48;
    boot_cpu.keeps_x87_addresses = boot_cpu.amd && !(r.b & (1u << 2));
}

/*
 * Extended states guests may use: x87, SSE, AVX, AVX-512. The others need more than context switching (MPX:
 * gone; protection keys: a CR4 bit PV guests can't have; supervisor states: MSRs).
 */
static init_text void find_xstate(void)
{
    struct regs4 r;

    boot_cpu.xsave_size = 512 + 64;
    boot_cpu.xcr0_mask = leaf(0xd, 0).a & 0xe7;
    boot_cpu.xsave &= (boot_cpu.xcr0_mask & 3) == 3;    /* firmware may hide the higher leaves, but no bit of leaf 1 */
    if (!boot_cpu.xsave) {
        boot_cpu.xcr0_mask = 0;
        return;
    }
    r = leaf(0xd, 1);
    boot_cpu.xsaveopt = r.a & 1;
    boot_cpu.xsavec = r.a & 2;
    boot_cpu.xsaves = r.a & 8;
    if ((boot_cpu.xcr0_mask & 0xe0) != 0xe0)
        boot_cpu.xcr0_mask &= 7;
    for (unsigned i = 2; i < 8; i++) {
        r = leaf(0xd, i);
        if (boot_cpu.xcr0_mask & (1u << i))
            boot_cpu.xsave_size = max(boot_cpu.xsave_size, r.a + r.b);
    }
}

static init_text void print_features(const char *vendor)
{
    char brand[49] = "";
    const struct { bool has; const char *name; } names[] = {
        { boot_cpu.fsgsbase, "fsgsbase" }, { boot_cpu.smep, "smep" }, { boot_cpu.smap, "smap" },
        { boot_cpu.umip, "umip" }, { boot_cpu.pcid, "pcid" }, { boot_cpu.invpcid, "invpcid" },
        { boot_cpu.xsave, "xsave" }, { boot_cpu.xsaveopt, "xsaveopt" }, { boot_cpu.page1gb, "1G-pages" },
        { boot_cpu.rdtscp, "rdtscp" }, { boot_cpu.constant_tsc, "constant-tsc" },
        { boot_cpu.nonstop_tsc, "nonstop-tsc" }, { boot_cpu.tsc_deadline, "tsc-deadline" },
        { boot_cpu.x2apic, "x2apic" }, { boot_cpu.svm, "svm" }, { boot_cpu.vmx, "vmx" },
        { boot_cpu.meltdown, "MELTDOWN" },
    };
    char line[256] = "";

    for (unsigned i = 0; i < 3; i++) {
        struct regs4 r = leaf(0x80000002u + i, 0);

        memcpy(brand + i * 16, &r, 16);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].has) {
            strlcat(line, " ", sizeof(line));
            strlcat(line, names[i].name, sizeof(line));
        }
    printk(LOG_INFO "CPU: %s family %u model %u stepping %u \"%s\", %u/%u address bits:%s\n", vendor,
           boot_cpu.family, boot_cpu.model, boot_cpu.stepping, brand, boot_cpu.phys_bits,
           boot_cpu.virt_bits, line);
}

init_text void cpu_features_init(void)
{
    char vendor[13];

    find_vendor(vendor);
    find_basic();
    find_extended();
    find_xstate();
    find_weaknesses();
    print_features(vendor);
    if (!boot_cpu.nx)
        panic("the processor lacks no-execute pages");
}
