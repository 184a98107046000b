/* SPDX-License-Identifier: GPL-2.0-only */
/* The ELF reader: kernels as they are, every kind of refusal, and files damaged at random. */
#include <elf.h>

#include <public/elfnote.h>
#include <public/features.h>
#include <xen/elf.h>

#include "unit.h"

#define BASE        0xffffffff80000000ull
#define KERNEL_PHYS 0x1000000ull
#define TEXT_OFFSET 0x1000
#define TEXT_SIZE   0x2000
#define BSS_SIZE    0x3000
#define IMAGE_SIZE  0x4000
#define NOTES       0x500
#define SHSTRTAB    0x3000
#define SECTIONS    0x3100
#define CONTENTS    0x3400

/* A small kernel in the making. Exactly sized copies are parsed, so that reads outside are noticed. */
static struct image {
    uint8_t bytes[IMAGE_SIZE];
    size_t size, notes;
} im;

static Elf64_Ehdr *ehdr(void)
{
    return (Elf64_Ehdr *)im.bytes;
}

static Elf64_Phdr *phdr(unsigned int n)
{
    return (Elf64_Phdr *)(im.bytes + 0x40) + n;
}

static void note(uint32_t type, const void *desc, uint32_t size)
{
    uint32_t head[3] = { 4, size, type };
    uint8_t *to = im.bytes + NOTES + im.notes;

    memcpy(to, head, sizeof(head));
    memcpy(to + 12, "Xen", 4);
    memcpy(to + 16, desc, size);
    im.notes += 16 + ((size + 3) & ~3u);
    phdr(1)->p_filesz = phdr(1)->p_memsz = im.notes;
}

static void number(uint32_t type, uint64_t value)
{
    note(type, &value, sizeof(value));
}

static void text(uint32_t type, const char *value)
{
    note(type, value, strlen(value) + 1);
}

/* One load segment, one note segment, no notes. */
static void begin(void)
{
    memset(&im, 0, sizeof(im));
    im.size = IMAGE_SIZE;
    memcpy(ehdr()->e_ident, "\177ELF\2\1\1", 7);
    ehdr()->e_type = ET_EXEC;
    ehdr()->e_machine = EM_X86_64;
    ehdr()->e_entry = BASE + KERNEL_PHYS;
    ehdr()->e_phoff = 0x40;
    ehdr()->e_phnum = 2;
    ehdr()->e_phentsize = sizeof(Elf64_Phdr);
    *phdr(0) = (Elf64_Phdr){
        .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = TEXT_OFFSET, .p_vaddr = BASE + KERNEL_PHYS,
        .p_paddr = KERNEL_PHYS, .p_filesz = TEXT_SIZE, .p_memsz = TEXT_SIZE + BSS_SIZE,
    };
    *phdr(1) = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = NOTES, .p_align = 4 };
    for (unsigned int i = 0; i < TEXT_SIZE; i++)
        im.bytes[TEXT_OFFSET + i] = i * 7 + 1;
}

static void begin_linux(void)
{
    begin();
    text(XEN_ELFNOTE_GUEST_OS, "linux");
    text(XEN_ELFNOTE_GUEST_VERSION, "2.6");
    text(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
    text(XEN_ELFNOTE_LOADER, "generic");
    number(XEN_ELFNOTE_VIRT_BASE, BASE);
    number(XEN_ELFNOTE_PADDR_OFFSET, 0);
    number(XEN_ELFNOTE_ENTRY, BASE + KERNEL_PHYS + 0x100);
    number(XEN_ELFNOTE_INIT_P2M, 1ull << 39);
    text(XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae_pgdir_above_4gb|something_new");
    text(XEN_ELFNOTE_PAE_MODE, "yes");
}

static const char *parse(struct elf_kernel *k)
{
    uint8_t *copy = malloc(im.size ? im.size : 1);
    const char *why;

    memcpy(copy, im.bytes, im.size);
    why = elf_kernel_parse(k, copy, im.size);
    if (!why && k->phys_end - k->phys_start <= 1 << 24) {
        uint8_t *memory = malloc(k->phys_end - k->phys_start);

        elf_kernel_load(k, memory);
        free(memory);
    }
    free(copy);
    return why;
}

static void linux_notes(void)
{
    uint32_t one = 1;
    uint64_t pair[2] = { 1, 1 };
    struct elf_kernel k;

    begin_linux();
    note(XEN_ELFNOTE_MOD_START_PFN, &one, 4);
    note(XEN_ELFNOTE_SUSPEND_CANCEL, &one, 4);
    note(XEN_ELFNOTE_L1_MFN_VALID, pair, sizeof(pair));
    number(XEN_ELFNOTE_HYPERCALL_PAGE, BASE + KERNEL_PHYS + 0x1000);
    number(XEN_ELFNOTE_SUPPORTED_FEATURES, 1 << XENFEAT_dom0);
    REASON(parse(&k), NULL);
    CHECK(k.bits == 64 && !k.legacy_notes);
    CHECK(k.entry == BASE + KERNEL_PHYS + 0x100 && k.virt_base == BASE);
    CHECK(k.phys_start == KERNEL_PHYS && k.phys_end == KERNEL_PHYS + TEXT_SIZE + BSS_SIZE);
    CHECK(k.virt_start == BASE + k.phys_start && k.virt_end == BASE + k.phys_end);
    CHECK(k.has_init_p2m && k.init_p2m == 1ull << 39);
    CHECK(k.has_hypercall_page && k.hypercall_page == BASE + KERNEL_PHYS + 0x1000);
    CHECK(k.mod_start_pfn && k.suspend_cancel && k.has_l1_mfn_valid && k.l1_mfn_mask == 1);
    CHECK(k.features_required == 1 << XENFEAT_writable_page_tables);
    CHECK(k.features_supported == (1 << XENFEAT_writable_page_tables | 1 << XENFEAT_pae_pgdir_above_4gb |
                                   1 << XENFEAT_dom0));
    CHECK(k.pae == ELF_PAE_YES && !strcmp(k.guest_os, "linux") && !strcmp(k.loader, "generic"));
}

static void entry_defaults_to_header(void)
{
    struct elf_kernel k;

    begin();
    number(XEN_ELFNOTE_VIRT_BASE, BASE);
    REASON(parse(&k), NULL);
    CHECK(k.entry == BASE + KERNEL_PHYS && !k.has_hypercall_page && !k.has_init_p2m);
}

static void loads_text_and_zeroes_bss(void)
{
    uint8_t memory[TEXT_SIZE + BSS_SIZE];
    struct elf_kernel k;

    begin_linux();
    memset(memory, 0xcc, sizeof(memory));
    REASON(elf_kernel_parse(&k, im.bytes, im.size), NULL);
    elf_kernel_load(&k, memory);
    CHECK(memcmp(memory, im.bytes + TEXT_OFFSET, TEXT_SIZE) == 0);
    for (unsigned int i = TEXT_SIZE; i < sizeof(memory); i++)
        CHECK(memory[i] == 0);
}

static void paddr_offset_is_taken_off(void)
{
    struct elf_kernel k;

    begin();
    number(XEN_ELFNOTE_VIRT_BASE, BASE);
    number(XEN_ELFNOTE_PADDR_OFFSET, BASE);
    phdr(0)->p_paddr = BASE + KERNEL_PHYS;
    REASON(parse(&k), NULL);
    CHECK(k.phys_start == KERNEL_PHYS);
}

/* Two sections: the names, and one called __xen_guest with these contents. */
static void add_section(uint32_t type, const void *contents, size_t size)
{
    static const char names[] = "\0.shstrtab\0__xen_guest";
    Elf64_Shdr *table = (Elf64_Shdr *)(im.bytes + SECTIONS);

    memcpy(im.bytes + SHSTRTAB, names, sizeof(names));
    memcpy(im.bytes + CONTENTS, contents, size);
    ehdr()->e_shoff = SECTIONS;
    ehdr()->e_shnum = 3;
    ehdr()->e_shentsize = sizeof(Elf64_Shdr);
    ehdr()->e_shstrndx = 1;
    table[1] = (Elf64_Shdr){
        .sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = SHSTRTAB, .sh_size = sizeof(names),
    };
    table[2] = (Elf64_Shdr){ .sh_name = 11, .sh_type = type, .sh_offset = CONTENTS, .sh_size = size };
}

static void legacy_section(void)
{
    static const char notes[] = "GUEST_OS=netbsd,GUEST_VER=1,XEN_VER=xen-3.0,LOADER=generic,"
        "VIRT_BASE=0xffffffff80000000,VIRT_ENTRY=0xffffffff81000010,HYPERCALL_PAGE=0x00001001,"
        "PAE=yes[extended-cr3],FEATURES=!writable_page_tables|highmem_assist";
    struct elf_kernel k;

    begin();
    phdr(0)->p_paddr = BASE + KERNEL_PHYS;      /* PADDR_OFFSET defaults to VIRT_BASE here */
    add_section(SHT_PROGBITS, notes, sizeof(notes));
    REASON(parse(&k), NULL);
    CHECK(k.legacy_notes && k.phys_start == KERNEL_PHYS && k.entry == BASE + KERNEL_PHYS + 0x10);
    CHECK(k.hypercall_page == BASE + 0x1001000 && k.pae == ELF_PAE_YES);
    CHECK(k.features_supported == (1 << XENFEAT_writable_page_tables | 1 << XENFEAT_highmem_assist));
    CHECK(!strcmp(k.guest_os, "netbsd"));
}

static void legacy_with_bad_number(void)
{
    static const char *const bad[] = {
        "VIRT_BASE=0x", "VIRT_BASE=12z", "VIRT_BASE=", "VIRT_BASE=0x1ffffffffffffffff",
    };
    struct elf_kernel k;

    for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        begin();
        add_section(SHT_PROGBITS, bad[i], strlen(bad[i]));
        REASON(parse(&k), "isn't a number");
    }
}

static void notes_in_a_section(void)
{
    struct elf_kernel k;
    uint8_t notes[0x100];
    size_t size;

    begin();
    number(XEN_ELFNOTE_VIRT_BASE, BASE);
    size = im.notes;
    memcpy(notes, im.bytes + NOTES, size);
    phdr(1)->p_type = PT_NULL;
    add_section(SHT_NOTE, notes, size);
    REASON(parse(&k), NULL);
    CHECK(k.virt_base == BASE);
}

/* A 32-bit kernel, at 3 GiB. */
static void narrow(uint32_t hv_start_low, const char *pae)
{
    Elf32_Ehdr e = {
        .e_ident = "\177ELF\1\1\1", .e_type = ET_EXEC, .e_machine = EM_386, .e_entry = 0xc0100000,
        .e_phoff = 0x40, .e_phnum = 2, .e_phentsize = sizeof(Elf32_Phdr),
    };
    Elf32_Phdr p[2] = {
        { .p_type = PT_LOAD, .p_offset = TEXT_OFFSET, .p_vaddr = 0xc0100000, .p_paddr = 0x100000,
          .p_filesz = 0x1000, .p_memsz = 0x1800, .p_flags = PF_R },
        { .p_type = PT_NOTE, .p_offset = NOTES },
    };
    uint32_t base = 0xc0000000;

    begin();
    note(XEN_ELFNOTE_VIRT_BASE, &base, 4);
    note(XEN_ELFNOTE_HV_START_LOW, &hv_start_low, 4);
    if (pae)
        text(XEN_ELFNOTE_PAE_MODE, pae);
    p[1].p_filesz = im.notes;
    memset(im.bytes, 0, NOTES);
    memcpy(im.bytes, &e, sizeof(e));
    memcpy(im.bytes + 0x40, p, sizeof(p));
}

static void narrow_kernel(void)
{
    struct elf_kernel k;

    narrow(0, "bimodal");
    REASON(parse(&k), NULL);
    CHECK(k.bits == 32 && k.virt_base == 0xc0000000 && k.entry == 0xc0100000 && k.phys_end == 0x101800);
    CHECK(k.pae == ELF_PAE_BIMODAL);
    ((Elf32_Ehdr *)im.bytes)->e_entry = 0x100000;
    REASON(parse(&k), "outside the kernel");
}

/* The notes of a 32-bit kernel, and what is refused of them. */
static void narrow_notes(void)
{
    struct elf_kernel k;

    narrow(0xf5800000, "yes[extended-cr3]");
    REASON(parse(&k), NULL);
    CHECK(k.pae == ELF_PAE_YES && k.has_hv_start_low && k.hv_start_low == 0xf5800000);
    narrow(0xf5800000, "yes,bimodal");
    ((Elf32_Phdr *)(im.bytes + 0x40))[1].p_filesz -= 8;
    REASON(parse(&k), NULL);
    CHECK(k.pae == ELF_PAE_YES);                    /* its last 8 bytes were missing */
    narrow(0xf5801000, "yes");
    REASON(parse(&k), "HV_START_LOW");
    narrow(0xf5000000, "no");
    REASON(parse(&k), "PAE");
    narrow(0xf5000000, NULL);
    REASON(parse(&k), "PAE");
}

static void refused_headers(void)
{
    struct elf_kernel k;

    begin_linux(), im.size = 0;
    REASON(parse(&k), "not an ELF");
    begin_linux(), im.size = 20;
    REASON(parse(&k), "ends inside the ELF header");
    begin_linux(), im.size = 60;
    REASON(parse(&k), "ends inside the ELF header");
    begin_linux(), im.size = 0x50;
    REASON(parse(&k), "program headers lie beyond");
    begin_linux(), im.bytes[0] = 'M';
    REASON(parse(&k), "not an ELF");
    begin_linux(), im.bytes[4] = 3;
    REASON(parse(&k), "neither 32 nor 64");
    begin_linux(), im.bytes[5] = 2;
    REASON(parse(&k), "little-endian");
    begin_linux(), ehdr()->e_machine = EM_AARCH64;
    REASON(parse(&k), "not built for x86");
    begin_linux(), ehdr()->e_type = ET_REL;
    REASON(parse(&k), "not an executable");
    begin_linux(), ehdr()->e_phnum = 0;
    REASON(parse(&k), "no program headers");
    begin_linux(), ehdr()->e_phoff = UINT64_MAX - 8;
    REASON(parse(&k), "program headers lie beyond");
    begin_linux(), ehdr()->e_phentsize = 8;
    REASON(parse(&k), "no program headers");
}

static void refused_segments(void)
{
    struct elf_kernel k;

    begin_linux(), im.size = TEXT_OFFSET + TEXT_SIZE - 1;
    REASON(parse(&k), "beyond the end of the file");
    begin_linux(), phdr(0)->p_offset = UINT64_MAX - 1;
    REASON(parse(&k), "beyond the end of the file");
    begin_linux(), phdr(0)->p_memsz = TEXT_SIZE - 1;
    REASON(parse(&k), "larger in the file");
    begin_linux(), phdr(0)->p_memsz = UINT64_MAX;
    REASON(parse(&k), "absurd");
    begin_linux(), phdr(0)->p_paddr = UINT64_MAX - 100;
    REASON(parse(&k), "absurd");
    begin_linux(), phdr(0)->p_paddr = 0xffffffff;
    REASON(parse(&k), "wraps around");
    begin_linux(), phdr(0)->p_type = PT_NULL;
    REASON(parse(&k), "nothing to load");
    begin(), number(XEN_ELFNOTE_PADDR_OFFSET, KERNEL_PHYS + 1);
    REASON(parse(&k), "below the kernel's PADDR_OFFSET");
}

static void refused_many_segments(void)
{
    struct elf_kernel k;

    begin_linux();
    ehdr()->e_phnum = ELF_MAX_SEGMENTS + 2;
    for (unsigned int i = 2; i < ELF_MAX_SEGMENTS + 2; i++)
        *phdr(i) = *phdr(0);
    REASON(parse(&k), "more load segments");
    ehdr()->e_phnum--;
    REASON(parse(&k), NULL);
}

static void refused_notes(void)
{
    struct elf_kernel k;

    begin();
    REASON(parse(&k), "no Xen notes");
    begin_linux(), number(XEN_ELFNOTE_ENTRY, BASE);
    REASON(parse(&k), "entry point is outside");
    begin_linux(), number(XEN_ELFNOTE_ENTRY, BASE + KERNEL_PHYS + TEXT_SIZE + BSS_SIZE);
    REASON(parse(&k), "entry point is outside");
    begin_linux(), number(XEN_ELFNOTE_VIRT_BASE, BASE + 1);
    REASON(parse(&k), "VIRT_BASE isn't page aligned");
    begin_linux(), number(XEN_ELFNOTE_HYPERCALL_PAGE, BASE + KERNEL_PHYS + 8);
    REASON(parse(&k), "isn't page aligned");
    begin_linux(), number(XEN_ELFNOTE_HYPERCALL_PAGE, BASE);
    REASON(parse(&k), "hypercall page is outside");
    begin_linux(), number(XEN_ELFNOTE_INIT_P2M, 5);
    REASON(parse(&k), "INIT_P2M");
    begin_linux(), text(XEN_ELFNOTE_LOADER, "special");
    REASON(parse(&k), "loader other than");
    begin_linux(), text(XEN_ELFNOTE_FEATURES, "!telepathy");
    REASON(parse(&k), "requires a feature");
    begin_linux(), note(XEN_ELFNOTE_ENTRY, "abc", 3);
    REASON(parse(&k), "neither 4 nor 8");
    begin_linux(), note(XEN_ELFNOTE_L1_MFN_VALID, "abc", 3);
    REASON(parse(&k), "L1_MFN_VALID");
    begin_linux(), phdr(1)->p_offset = IMAGE_SIZE;
    REASON(parse(&k), "notes lie beyond");
}

/* As many segments as there can be, and each is to be read for notes from end to end: that would take an hour. */
static void refused_notes_without_end(void)
{
    const unsigned int count = 0xfffe;
    size_t notes = 64 << 20, table = count * sizeof(Elf64_Phdr), size = 0x1000 + table + notes;
    uint8_t *big = calloc(1, size);
    Elf64_Phdr *p = (Elf64_Phdr *)(big + 0x1000);
    struct elf_kernel k;

    begin_linux();
    memcpy(big, im.bytes, sizeof(Elf64_Ehdr));
    ((Elf64_Ehdr *)big)->e_phoff = 0x1000;
    ((Elf64_Ehdr *)big)->e_phnum = count;
    for (unsigned int i = 0; i < count; i++)
        p[i] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = 0x1000 + table, .p_filesz = notes };
    REASON(elf_kernel_parse(&k, big, size), "overlap");
    free(big);
}

static void long_and_open_strings(void)
{
    char name[100];
    struct elf_kernel k;

    memset(name, 'x', sizeof(name));
    begin_linux();
    note(XEN_ELFNOTE_GUEST_OS, name, sizeof(name));     /* no NUL */
    REASON(parse(&k), NULL);
    CHECK(strlen(k.guest_os) == ELF_MAX_STRING - 1);
}

/* Whatever is cut off or overwritten, the reader answers without touching what isn't there. */
static void every_truncation(void)
{
    struct elf_kernel k;

    begin_linux();
    add_section(SHT_PROGBITS, "VIRT_BASE=0", 11);
    for (size_t size = 0; size < IMAGE_SIZE; size += size < 0x800 ? 1 : 37) {
        im.size = size;
        parse(&k);
    }
}

static void random_damage(void)
{
    static const uint8_t interesting[] = { 0, 1, 4, 7, 0x7f, 0x80, 0xfe, 0xff };
    struct elf_kernel k;

    srand(1);
    for (unsigned int round = 0; round < 60000; round++) {
        begin_linux();
        if (round & 1)
            add_section(round & 4 ? SHT_NOTE : SHT_PROGBITS, "VIRT_BASE=0,FEATURES=!a|b,PAE", 29);
        if (round & 2)
            phdr(1)->p_type = PT_NULL;
        if (round & 8)
            im.bytes[4] = ELFCLASS32, ehdr()->e_machine = EM_386;
        for (unsigned int i = rand() % 6 + 1; i--;) {
            unsigned int areas[][2] = { { 0, 0xc0 }, { NOTES, im.notes }, { SHSTRTAB, 0x440 } };
            unsigned int area = rand() % 3, at = areas[area][0] + rand() % areas[area][1];

            im.bytes[at] = rand() & 1 ? interesting[rand() % sizeof(interesting)] : rand();
        }
        parse(&k);
    }
}

const struct test elf_tests[] = {
    { "elf_linux_notes", linux_notes },
    { "elf_entry_defaults_to_header", entry_defaults_to_header },
    { "elf_loads_text_and_zeroes_bss", loads_text_and_zeroes_bss },
    { "elf_paddr_offset", paddr_offset_is_taken_off },
    { "elf_legacy_section", legacy_section },
    { "elf_legacy_with_bad_number", legacy_with_bad_number },
    { "elf_notes_in_a_section", notes_in_a_section },
    { "elf_32_bit", narrow_kernel },
    { "elf_32_bit_notes", narrow_notes },
    { "elf_refused_headers", refused_headers },
    { "elf_refused_segments", refused_segments },
    { "elf_refused_many_segments", refused_many_segments },
    { "elf_refused_notes", refused_notes },
    { "elf_refused_notes_without_end", refused_notes_without_end },
    { "elf_long_and_open_strings", long_and_open_strings },
    { "elf_every_truncation", every_truncation },
    { "elf_random_damage", random_damage },
    { NULL, NULL },
};
