/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF files of paravirtual kernels. Every offset, count and size in the file is hostile: a table or a segment
 * is looked at only after in_file() said that it lies inside, and sums are formed so that they can't wrap.
 *
 * Notes are looked for in PT_NOTE segments, then in SHT_NOTE sections, and last in the string section
 * "__xen_guest" of kernels older than the notes.
 */
#include <xen/elf.h>
#include <xen/string.h>

#include <public/elfnote.h>
#include <public/features.h>

#define PAGE_SIZE      4096u
#define PAGE_SHIFT     12

#define CLASS_32       1
#define CLASS_64       2
#define DATA_LSB       1
#define ET_EXEC        2
#define ET_DYN         3
#define EM_386         3
#define EM_X86_64      62
#define PT_LOAD        1
#define PT_NOTE        4
#define SHT_NOTE       7

#define HOLE_START_PAE 0xf5800000ull    /* of 32-bit guests: the hypervisor's addresses begin */

/* A kernel with its bss is at most this big: keeps all later sums of addresses and sizes from wrapping. */
#define MAX_IMAGE_SPAN (1ull << 40)

struct ehdr32 {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version, entry, phoff, shoff, flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct ehdr64 {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct phdr32 {
    uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

struct phdr64 {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct shdr32 {
    uint32_t name, type, flags, addr, offset, size, link, info, addralign, entsize;
};

struct shdr64 {
    uint32_t name, type;
    uint64_t flags, addr, offset, size;
    uint32_t link, info;
    uint64_t addralign, entsize;
};

/* The file while it is parsed, and what its notes said so far. */
struct parser {
    const uint8_t *data;
    size_t size;
    bool is_64;
    struct ehdr64 ehdr;             /* widened for 32-bit files */
    struct elf_kernel *kernel;
    uint64_t unscanned;             /* bytes that may still be read for notes */
    bool found_notes;
    bool has_entry, has_virt_base, has_paddr_offset;
    bool legacy_hypercall_page;     /* hypercall_page still counts pages from virt_base */
};

static bool in_file(const struct parser *p, uint64_t offset, uint64_t length)
{
    return offset <= p->size && length <= p->size - offset;
}

bool elf_is(const void *image, size_t size)
{
    return size >= 4 && memcmp(image, "\177ELF", 4) == 0;
}

/* --- Headers, both classes widened to 64 bit --- */

static const char *read_ehdr(struct parser *p)
{
    struct ehdr64 *e = &p->ehdr;
    struct ehdr32 narrow;

    if (!elf_is(p->data, p->size))
        return "ELF: not an ELF file";
    if (p->size < sizeof(narrow))
        return "ELF: file ends inside the ELF header";
    if (p->data[4] != CLASS_32 && p->data[4] != CLASS_64)
        return "ELF: neither 32 nor 64 bit";
    if (p->data[5] != DATA_LSB)
        return "ELF: not little-endian";
    p->is_64 = p->data[4] == CLASS_64;

    if (p->is_64) {
        if (p->size < sizeof(*e))
            return "ELF: file ends inside the ELF header";
        memcpy(e, p->data, sizeof(*e));
    } else {
        memcpy(&narrow, p->data, sizeof(narrow));
        e->type = narrow.type, e->machine = narrow.machine, e->entry = narrow.entry;
        e->phoff = narrow.phoff, e->phnum = narrow.phnum, e->phentsize = narrow.phentsize;
        e->shoff = narrow.shoff, e->shnum = narrow.shnum, e->shentsize = narrow.shentsize;
        e->shstrndx = narrow.shstrndx;
    }

    if (e->machine != (p->is_64 ? EM_X86_64 : EM_386))
        return "ELF: not built for x86";
    if (e->type != ET_EXEC && e->type != ET_DYN)
        return "ELF: not an executable";
    if (!e->phnum || e->phentsize != (p->is_64 ? sizeof(struct phdr64) : sizeof(struct phdr32)))
        return "ELF: no program headers";
    if (!in_file(p, e->phoff, (uint64_t)e->phnum * e->phentsize))
        return "ELF: program headers lie beyond the end of the file (truncated?)";
    return NULL;
}

static struct phdr64 read_phdr(const struct parser *p, unsigned int index)
{
    const uint8_t *from = p->data + p->ehdr.phoff + (size_t)index * p->ehdr.phentsize;
    struct phdr64 wide;
    struct phdr32 narrow;

    if (p->is_64) {
        memcpy(&wide, from, sizeof(wide));
        return wide;
    }
    memcpy(&narrow, from, sizeof(narrow));
    return (struct phdr64){
        .type = narrow.type, .flags = narrow.flags, .offset = narrow.offset, .vaddr = narrow.vaddr,
        .paddr = narrow.paddr, .filesz = narrow.filesz, .memsz = narrow.memsz, .align = narrow.align,
    };
}

/* Only when have_sections() and index < shnum. */
static struct shdr64 read_shdr(const struct parser *p, unsigned int index)
{
    const uint8_t *from = p->data + p->ehdr.shoff + (size_t)index * p->ehdr.shentsize;
    struct shdr64 wide;
    struct shdr32 narrow;

    if (p->is_64) {
        memcpy(&wide, from, sizeof(wide));
        return wide;
    }
    memcpy(&narrow, from, sizeof(narrow));
    return (struct shdr64){
        .name = narrow.name, .type = narrow.type, .offset = narrow.offset, .size = narrow.size,
        .addralign = narrow.addralign,
    };
}

static bool have_sections(const struct parser *p)
{
    return p->ehdr.shentsize == (p->is_64 ? sizeof(struct shdr64) : sizeof(struct shdr32)) &&
           in_file(p, p->ehdr.shoff, (uint64_t)p->ehdr.shnum * p->ehdr.shentsize);
}

/* --- Values of notes: byte ranges that need not end in NUL --- */

static bool text_is(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(text, word, length) == 0;
}

static size_t text_length(const void *text, size_t limit)
{
    const char *c = text;
    size_t n = 0;

    while (n < limit && c[n])
        n++;
    return n;
}

static void copy_text(char to[ELF_MAX_STRING], const char *from, size_t length)
{
    if (length > ELF_MAX_STRING - 1)
        length = ELF_MAX_STRING - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

static const char *parse_features(struct elf_kernel *k, const char *text, size_t length)
{
    static const char *const names[] = {
        [XENFEAT_writable_page_tables]       = "writable_page_tables",
        [XENFEAT_writable_descriptor_tables] = "writable_descriptor_tables",
        [XENFEAT_auto_translated_physmap]    = "auto_translated_physmap",
        [XENFEAT_supervisor_mode_kernel]     = "supervisor_mode_kernel",
        [XENFEAT_pae_pgdir_above_4gb]        = "pae_pgdir_above_4gb",
        [XENFEAT_mmu_pt_update_preserve_ad]  = "mmu_pt_update_preserve_ad",
        [XENFEAT_highmem_assist]             = "highmem_assist",
        [XENFEAT_gnttab_map_avail_bits]      = "gnttab_map_avail_bits",
        [XENFEAT_hvm_callback_vector]        = "hvm_callback_vector",
        [XENFEAT_hvm_safe_pvclock]           = "hvm_safe_pvclock",
        [XENFEAT_hvm_pirqs]                  = "hvm_pirqs",
        [XENFEAT_dom0]                       = "dom0",
    };
    size_t at = 0;

    while (at < length) {
        size_t end = at, i;
        bool required = text[at] == '!';

        while (end < length && text[end] != '|')
            end++;
        at += required;
        for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            if (text_is(text + at, end - at, names[i])) {
                k->features_supported |= 1u << i;
                k->features_required |= (uint32_t)required << i;
                break;
            }
        if (required && i == sizeof(names) / sizeof(names[0]))
            return "ELF: the kernel requires a feature that this loader doesn't know";
        at = end + 1;
    }
    return NULL;
}

static enum elf_pae parse_pae(const char *text, size_t length)
{
    if (text_is(text, length, "bimodal") || text_is(text, length, "yes,bimodal"))
        return ELF_PAE_BIMODAL;
    if (length >= 3 && memcmp(text, "yes", 3) == 0)
        return ELF_PAE_YES;
    return ELF_PAE_NO;
}

/* --- ELF notes --- */

static const char *take_text_note(struct parser *p, uint32_t type, const char *text, size_t length)
{
    struct elf_kernel *k = p->kernel;

    switch (type) {
    case XEN_ELFNOTE_GUEST_OS:
        copy_text(k->guest_os, text, length);
        break;
    case XEN_ELFNOTE_GUEST_VERSION:
        copy_text(k->guest_version, text, length);
        break;
    case XEN_ELFNOTE_XEN_VERSION:
        copy_text(k->xen_version, text, length);
        break;
    case XEN_ELFNOTE_LOADER:
        copy_text(k->loader, text, length);
        break;
    case XEN_ELFNOTE_PAE_MODE:
        k->pae = parse_pae(text, length);
        break;
    case XEN_ELFNOTE_BSD_SYMTAB:
        k->bsd_symtab = text_is(text, length, "yes");
        break;
    case XEN_ELFNOTE_FEATURES:
        return parse_features(k, text, length);
    }
    return NULL;
}

static void take_number_note(struct parser *p, uint32_t type, uint64_t value)
{
    struct elf_kernel *k = p->kernel;

    switch (type) {
    case XEN_ELFNOTE_ENTRY:
        p->has_entry = true, k->entry = value;
        break;
    case XEN_ELFNOTE_HYPERCALL_PAGE:
        k->has_hypercall_page = true, k->hypercall_page = value;
        break;
    case XEN_ELFNOTE_VIRT_BASE:
        p->has_virt_base = true, k->virt_base = value;
        break;
    case XEN_ELFNOTE_PADDR_OFFSET:
        p->has_paddr_offset = true, k->paddr_offset = value;
        break;
    case XEN_ELFNOTE_HV_START_LOW:
        k->has_hv_start_low = true, k->hv_start_low = value;
        break;
    case XEN_ELFNOTE_SUSPEND_CANCEL:
        k->suspend_cancel = value;
        break;
    case XEN_ELFNOTE_INIT_P2M:
        k->has_init_p2m = true, k->init_p2m = value;
        break;
    case XEN_ELFNOTE_MOD_START_PFN:
        k->mod_start_pfn = value;
        break;
    case XEN_ELFNOTE_SUPPORTED_FEATURES:
        k->features_supported |= value;
        break;
    case XEN_ELFNOTE_PHYS32_ENTRY:
        k->has_phys32_entry = true, k->phys32_entry = value;
        break;
    }
}

static const char *take_l1_mfn_valid(struct elf_kernel *k, const uint8_t *desc, uint32_t length)
{
    uint64_t pair[2] = { 0, 0 };

    if (length >= sizeof(pair)) {
        memcpy(pair, desc, sizeof(pair));
    } else if (length == 8) {
        memcpy(&pair[0], desc, 4);
        memcpy(&pair[1], desc + 4, 4);
    } else {
        return "ELF: note L1_MFN_VALID isn't a mask and a value";
    }
    k->has_l1_mfn_valid = true;
    k->l1_mfn_mask = pair[0], k->l1_mfn_value = pair[1];
    return NULL;
}

static bool is_text_note(uint32_t type)
{
    switch (type) {
    case XEN_ELFNOTE_GUEST_OS:
    case XEN_ELFNOTE_GUEST_VERSION:
    case XEN_ELFNOTE_XEN_VERSION:
    case XEN_ELFNOTE_LOADER:
    case XEN_ELFNOTE_PAE_MODE:
    case XEN_ELFNOTE_BSD_SYMTAB:
    case XEN_ELFNOTE_FEATURES:
        return true;
    }
    return false;
}

static const char *take_note(struct parser *p, uint32_t type, const uint8_t *desc, uint32_t length)
{
    uint64_t value = 0;

    p->found_notes = true;
    if (is_text_note(type))
        return take_text_note(p, type, (const char *)desc, text_length(desc, length));
    if (type == XEN_ELFNOTE_L1_MFN_VALID)
        return take_l1_mfn_valid(p->kernel, desc, length);
    if (type == XEN_ELFNOTE_INFO || type > XEN_ELFNOTE_MAX)
        return NULL;
    if (length != 4 && length != 8)
        return "ELF: a numeric Xen note is neither 4 nor 8 bytes long";
    memcpy(&value, desc, length);
    take_number_note(p, type, value);
    return NULL;
}

/*
 * One PT_NOTE segment or SHT_NOTE section. Others' notes are skipped, a broken one ends the list; but a text that is
 * cut off counts: GRUB's 32-bit image ends after the "yes" of "yes,bimodal".
 * Thousands that are all the whole of a big file would be read for hours.
 */
static const char *scan_notes(struct parser *p, uint64_t offset, uint64_t size, uint64_t align)
{
    uint64_t end = offset + size;
    uint64_t pad = align == 8 ? 7 : 3;

    if (!in_file(p, offset, size))
        return "ELF: notes lie beyond the end of the file (truncated?)";
    if (size > p->unscanned)
        return "ELF: segments or sections of notes overlap";
    p->unscanned -= size;

    while (end - offset >= 12) {
        uint32_t head[3];           /* name size, descriptor size, type */
        uint64_t desc, next;
        const char *why;
        bool cut;

        memcpy(head, p->data + offset, sizeof(head));
        desc = offset + ((12 + (uint64_t)head[0] + pad) & ~pad);
        next = desc + (((uint64_t)head[1] + pad) & ~pad);
        if (desc > end)
            return NULL;
        cut = head[1] > end - desc;
        if (cut && !is_text_note(head[2]))
            return NULL;
        if (head[0] == 4 && memcmp(p->data + offset + 12, "Xen", 4) == 0) {
            why = take_note(p, head[2], p->data + desc, cut ? end - desc : head[1]);
            if (why)
                return why;
        }
        offset = next < end ? next : end;
    }
    return NULL;
}

/* --- Section __xen_guest: "NAME=value,NAME=value" --- */

/* Decimal or 0x hexadecimal; false unless the whole text is one number. */
static bool parse_number(const char *text, size_t length, uint64_t *value)
{
    unsigned int base = 10;
    size_t i = 0;

    if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        base = 16, i = 2;
    if (i == length)
        return false;
    for (*value = 0; i < length; i++) {
        char c = text[i];
        unsigned int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                           : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;

        if (digit >= base || *value > (UINT64_MAX - digit) / base)
            return false;
        *value = *value * base + digit;
    }
    return true;
}

static const char *take_legacy_pair(struct parser *p, const char *name, size_t name_length,
                                    const char *value, size_t length)
{
    static const struct {
        const char *name;
        uint32_t note;
        bool number;
    } pairs[] = {
        { "GUEST_OS", XEN_ELFNOTE_GUEST_OS, false },   { "GUEST_VER", XEN_ELFNOTE_GUEST_VERSION, false },
        { "XEN_VER", XEN_ELFNOTE_XEN_VERSION, false }, { "LOADER", XEN_ELFNOTE_LOADER, false },
        { "FEATURES", XEN_ELFNOTE_FEATURES, false },   { "PAE", XEN_ELFNOTE_PAE_MODE, false },
        { "VIRT_BASE", XEN_ELFNOTE_VIRT_BASE, true },  { "VIRT_ENTRY", XEN_ELFNOTE_ENTRY, true },
        { "HYPERCALL_PAGE", XEN_ELFNOTE_HYPERCALL_PAGE, true },
        { "ELF_PADDR_OFFSET", XEN_ELFNOTE_PADDR_OFFSET, true },
        { "HV_START_LOW", XEN_ELFNOTE_HV_START_LOW, true },
    };
    uint64_t number;

    if (text_is(name, name_length, "BSD_SYMTAB"))
        p->kernel->bsd_symtab = true;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (!text_is(name, name_length, pairs[i].name))
            continue;
        if (!pairs[i].number)
            return take_text_note(p, pairs[i].note, value, length);
        if (!parse_number(value, length, &number))
            return "ELF: a value in __xen_guest isn't a number";
        take_number_note(p, pairs[i].note, number);
        if (pairs[i].note == XEN_ELFNOTE_HYPERCALL_PAGE)
            p->legacy_hypercall_page = true;
    }
    return NULL;
}

static const char *scan_legacy(struct parser *p, const char *text, size_t length)
{
    size_t at = 0;

    p->found_notes = true;
    p->kernel->legacy_notes = true;
    while (at < length) {
        size_t end = at, equals;
        const char *why;

        while (end < length && text[end] != ',')
            end++;
        for (equals = at; equals < end && text[equals] != '='; equals++)
            ;
        why = take_legacy_pair(p, text + at, equals - at, text + equals + (equals < end),
                               end - equals - (equals < end));
        if (why)
            return why;
        at = end + 1;
    }
    return NULL;
}

static bool section_is_legacy(const struct parser *p, const struct shdr64 *section)
{
    static const char name[] = "__xen_guest";
    struct shdr64 strings;

    if (p->ehdr.shstrndx >= p->ehdr.shnum)
        return false;
    strings = read_shdr(p, p->ehdr.shstrndx);
    return in_file(p, strings.offset, strings.size) && section->name < strings.size &&
           strings.size - section->name >= sizeof(name) &&
           memcmp(p->data + strings.offset + section->name, name, sizeof(name)) == 0;
}

static const char *find_notes(struct parser *p)
{
    const char *why = NULL;

    for (unsigned int i = 0; i < p->ehdr.phnum && !why; i++) {
        struct phdr64 h = read_phdr(p, i);

        if (h.type == PT_NOTE)
            why = scan_notes(p, h.offset, h.filesz, h.align);
    }
    if (why || p->found_notes || !have_sections(p))
        return why;

    for (unsigned int i = 0; i < p->ehdr.shnum && !why; i++) {
        struct shdr64 h = read_shdr(p, i);

        if (h.type == SHT_NOTE)
            why = scan_notes(p, h.offset, h.size, h.addralign);
    }
    for (unsigned int i = 0; i < p->ehdr.shnum && !why && !p->found_notes; i++) {
        struct shdr64 h = read_shdr(p, i);

        if (!section_is_legacy(p, &h))
            continue;
        if (!in_file(p, h.offset, h.size))
            return "ELF: section __xen_guest lies beyond the end of the file (truncated?)";
        why = scan_legacy(p, (const char *)p->data + h.offset, text_length(p->data + h.offset, h.size));
    }
    return why;
}

/* --- Segments and final checks --- */

static const char *collect_segments(struct parser *p)
{
    struct elf_kernel *k = p->kernel;

    k->phys_start = UINT64_MAX;
    for (unsigned int i = 0; i < p->ehdr.phnum; i++) {
        struct phdr64 h = read_phdr(p, i);
        struct elf_segment *s = &k->segments[k->nr_segments];

        if (h.type != PT_LOAD || !h.memsz)
            continue;
        if (k->nr_segments == ELF_MAX_SEGMENTS)
            return "ELF: more load segments than this loader takes";
        if (h.filesz > h.memsz)
            return "ELF: a segment is larger in the file than in memory";
        if (!in_file(p, h.offset, h.filesz))
            return "ELF: a segment lies beyond the end of the file (truncated?)";
        if (h.paddr < k->paddr_offset)
            return "ELF: a segment's physical address is below the kernel's PADDR_OFFSET";
        s->phys = h.paddr - k->paddr_offset;
        if (s->phys >= MAX_IMAGE_SPAN || h.memsz >= MAX_IMAGE_SPAN)
            return "ELF: a segment's address or size is absurd (is VIRT_BASE or PADDR_OFFSET missing?)";
        s->file_size = h.filesz, s->mem_size = h.memsz;
        s->data = p->data + h.offset, s->flags = h.flags;
        if (s->phys < k->phys_start)
            k->phys_start = s->phys;
        if (s->phys + s->mem_size > k->phys_end)
            k->phys_end = s->phys + s->mem_size;
        k->nr_segments++;
    }
    return k->nr_segments ? NULL : "ELF: nothing to load";
}

static const char *check_addresses(struct parser *p)
{
    struct elf_kernel *k = p->kernel;
    uint64_t limit = k->bits == 64 ? UINT64_MAX : UINT32_MAX;

    if (k->virt_base % PAGE_SIZE)
        return "ELF: VIRT_BASE isn't page aligned";
    if (k->virt_base > limit || limit - k->virt_base < k->phys_end)
        return "ELF: the kernel wraps around the end of its address space";
    k->virt_start = k->virt_base + k->phys_start;
    k->virt_end = k->virt_base + k->phys_end;

    if (!p->has_entry)
        k->entry = p->ehdr.entry;
    if (k->entry < k->virt_start || k->entry >= k->virt_end)
        return "ELF: the entry point is outside the kernel";
    if (p->legacy_hypercall_page) {
        if (k->hypercall_page > k->phys_end >> PAGE_SHIFT)
            return "ELF: the hypercall page is outside the kernel";
        k->hypercall_page = k->virt_base + (k->hypercall_page << PAGE_SHIFT);
    }
    if (k->has_hypercall_page) {
        if (k->hypercall_page % PAGE_SIZE)
            return "ELF: the hypercall page isn't page aligned";
        if (k->hypercall_page < k->virt_start || k->hypercall_page >= k->virt_end ||
            k->virt_end - k->hypercall_page < PAGE_SIZE)
            return "ELF: the hypercall page is outside the kernel";
    }
    if (k->bits == 32 && k->pae == ELF_PAE_NO)
        return "ELF: a 32-bit kernel without PAE (note PAE_MODE)";
    if (k->bits == 32 && k->hv_start_low > HOLE_START_PAE)
        return "ELF: the kernel wants addresses that are the hypervisor's (note HV_START_LOW)";
    if (k->has_init_p2m && (k->init_p2m % PAGE_SIZE || k->bits != 64))
        return "ELF: INIT_P2M isn't page aligned, or in a 32-bit kernel";
    return NULL;
}

const char *elf_kernel_parse(struct elf_kernel *kernel, const void *image, size_t size)
{
    /* Segments and sections may name each byte once. */
    struct parser p = { .data = image, .size = size, .kernel = kernel, .unscanned = 2 * (uint64_t)size };
    const char *why;

    memset(kernel, 0, sizeof(*kernel));
    why = read_ehdr(&p);
    if (why)
        return why;
    kernel->bits = p.is_64 ? 64 : 32;

    why = find_notes(&p);
    if (why)
        return why;
    if (!p.found_notes)
        return "ELF: no Xen notes: the kernel isn't built for Xen PV (Linux: CONFIG_XEN_PV)";
    if (kernel->loader[0] && strcmp(kernel->loader, "generic") != 0)
        return "ELF: the kernel asks for a loader other than \"generic\"";
    if (kernel->legacy_notes && !p.has_paddr_offset)
        kernel->paddr_offset = kernel->virt_base;

    why = collect_segments(&p);
    return why ? why : check_addresses(&p);
}

void elf_kernel_load(const struct elf_kernel *kernel, void *dest)
{
    for (unsigned int i = 0; i < kernel->nr_segments; i++) {
        const struct elf_segment *s = &kernel->segments[i];
        uint8_t *to = (uint8_t *)dest + (s->phys - kernel->phys_start);

        memcpy(to, s->data, s->file_size);
        memset(to + s->file_size, 0, s->mem_size - s->file_size);
    }
}
