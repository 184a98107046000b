/* SPDX-License-Identifier: MIT */
/*
 * The core of the interface: hypercall numbers, virtual interrupts, page-table calls, the shared page and the
 * start of day. A hypercall returns >= 0 or a negated number of errno.h; -ENOSYS: no such call or command.
 */
#ifndef __XEN_PUBLIC_XEN_H__
#define __XEN_PUBLIC_XEN_H__

#include "xen-compat.h"

#if defined(__i386__) || defined(__x86_64__)
#include "arch-x86/xen.h"
#else
#error "unsupported architecture"
#endif

#ifndef __ASSEMBLY__

DEFINE_XEN_GUEST_HANDLE(char);
__DEFINE_XEN_GUEST_HANDLE(uchar, unsigned char);
DEFINE_XEN_GUEST_HANDLE(int);
__DEFINE_XEN_GUEST_HANDLE(uint, unsigned int);
#if __XEN_INTERFACE_VERSION__ < 0x00040300
DEFINE_XEN_GUEST_HANDLE(long);
__DEFINE_XEN_GUEST_HANDLE(ulong, unsigned long);
#endif
DEFINE_XEN_GUEST_HANDLE(void);
DEFINE_XEN_GUEST_HANDLE(uint64_t);
DEFINE_XEN_GUEST_HANDLE(xen_pfn_t);
DEFINE_XEN_GUEST_HANDLE(xen_ulong_t);

/* What stands between the brackets of an array at a structure's open end. */
#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L
#define XEN_FLEX_ARRAY_DIM
#elif defined(__GNUC__)
#define XEN_FLEX_ARRAY_DIM 0
#else
#define XEN_FLEX_ARRAY_DIM 1
#endif

/* Constants with a C suffix; bare in assembly. */
#define __xen_mk_uint(x)  x##U
#define __xen_mk_ulong(x) x##UL
#ifndef __xen_mk_ullong
#define __xen_mk_ullong(x) x##ULL
#endif
#define xen_mk_uint(x)    __xen_mk_uint(x)
#define xen_mk_ulong(x)   __xen_mk_ulong(x)
#define xen_mk_ullong(x)  __xen_mk_ullong(x)

#else
#define xen_mk_uint(x)   x
#define xen_mk_ulong(x)  x
#define xen_mk_ullong(x) x
#endif

/* Hypercall numbers. Those named _compat take the form of before 3.1.1 (sched_op) and 3.2.2. */
#define __HYPERVISOR_set_trap_table                 0
#define __HYPERVISOR_mmu_update                     1
#define __HYPERVISOR_set_gdt                        2
#define __HYPERVISOR_stack_switch                   3
#define __HYPERVISOR_set_callbacks                  4
#define __HYPERVISOR_fpu_taskswitch                 5
#define __HYPERVISOR_sched_op_compat                6
#define __HYPERVISOR_platform_op                    7
#define __HYPERVISOR_set_debugreg                   8
#define __HYPERVISOR_get_debugreg                   9
#define __HYPERVISOR_update_descriptor             10
#define __HYPERVISOR_memory_op                     12
#define __HYPERVISOR_multicall                     13
#define __HYPERVISOR_update_va_mapping             14
#define __HYPERVISOR_set_timer_op                  15
#define __HYPERVISOR_event_channel_op_compat       16
#define __HYPERVISOR_xen_version                   17
#define __HYPERVISOR_console_io                    18
#define __HYPERVISOR_physdev_op_compat             19
#define __HYPERVISOR_grant_table_op                20
#define __HYPERVISOR_vm_assist                     21
#define __HYPERVISOR_update_va_mapping_otherdomain 22
#define __HYPERVISOR_iret                          23
#define __HYPERVISOR_vcpu_op                       24
#define __HYPERVISOR_set_segment_base              25
#define __HYPERVISOR_mmuext_op                     26
#define __HYPERVISOR_xsm_op                        27
#define __HYPERVISOR_nmi_op                        28
#define __HYPERVISOR_sched_op                      29
#define __HYPERVISOR_callback_op                   30
#define __HYPERVISOR_xenoprof_op                   31
#define __HYPERVISOR_event_channel_op              32
#define __HYPERVISOR_physdev_op                    33
#define __HYPERVISOR_hvm_op                        34
#define __HYPERVISOR_sysctl                        35
#define __HYPERVISOR_domctl                        36
#define __HYPERVISOR_kexec_op                      37
#define __HYPERVISOR_tmem_op                       38
#define __HYPERVISOR_argo_op                       39
#define __HYPERVISOR_xenpmu_op                     40
#define __HYPERVISOR_dm_op                         41
#define __HYPERVISOR_hypfs_op                      42
#define __HYPERVISOR_arch_0                        48
#define __HYPERVISOR_arch_1                        49
#define __HYPERVISOR_arch_2                        50
#define __HYPERVISOR_arch_3                        51
#define __HYPERVISOR_arch_4                        52
#define __HYPERVISOR_arch_5                        53
#define __HYPERVISOR_arch_6                        54
#define __HYPERVISOR_arch_7                        55

#if __XEN_INTERFACE_VERSION__ < 0x00030101
#undef __HYPERVISOR_sched_op
#define __HYPERVISOR_sched_op __HYPERVISOR_sched_op_compat
#endif
#if __XEN_INTERFACE_VERSION__ < 0x00030202
#undef __HYPERVISOR_event_channel_op
#define __HYPERVISOR_event_channel_op __HYPERVISOR_event_channel_op_compat
#undef __HYPERVISOR_physdev_op
#define __HYPERVISOR_physdev_op __HYPERVISOR_physdev_op_compat
#endif
#if __XEN_INTERFACE_VERSION__ < 0x00030204
#define __HYPERVISOR_dom0_op __HYPERVISOR_platform_op
#endif

/*
 * Virtual interrupts. (v) one per vcpu, stays there; (g) one per domain, starts on vcpu 0 and may move. All
 * but timer, debug, argo and the profilers' go to dom0 (or the domain given the right).
 */
#define VIRQ_TIMER      0   /* v: a timer of the guest's ran out, or it is time to look at the clock */
#define VIRQ_DEBUG      1   /* v: print your state, an operator asks */
#define VIRQ_CONSOLE    2   /* g: input on the hypervisor's console */
#define VIRQ_DOM_EXC    3   /* g: a domain shut down, crashed or died */
#define VIRQ_TBUF       4   /* g: trace records wait */
#define VIRQ_DEBUGGER   6   /* g: a domain stopped for its debugger */
#define VIRQ_XENOPROF   7   /* v: profiler sample */
#define VIRQ_CON_RING   8   /* g: output in the console ring */
#define VIRQ_PCPU_STATE 9   /* g: a physical CPU came or went */
#define VIRQ_MEM_EVENT  10  /* g: memory event */
#define VIRQ_ARGO       11  /* g: argo message */
#define VIRQ_ENOMEM     12  /* g: free memory is low */
#define VIRQ_XENPMU     13  /* v: performance counter */
#define VIRQ_ARCH_0     16
#define VIRQ_ARCH_1     17
#define VIRQ_ARCH_2     18
#define VIRQ_ARCH_3     19
#define VIRQ_ARCH_4     20
#define VIRQ_ARCH_5     21
#define VIRQ_ARCH_6     22
#define VIRQ_ARCH_7     23
#define NR_VIRQS        24

/*
 * mmu_update(reqs[], count, *done, foreign): any guest over its own tables, a controlling domain over
 * others'. IN: reqs[].ptr = machine address to write, the command in its two low bits; val = the new
 * contents. foreign: bits 0-15 owner of the frames mapped (DOMID_SELF, a domain, DOMID_IO, DOMID_XEN), bits
 * 16-31 owner of the tables plus one (0: the caller). OUT: done, may be null. 0, -EFAULT, -EPERM, -ESRCH,
 * -EINVAL, -ENOSYS. A page may be a page table or writable, never both: a table must be mapped read-only
 * before it is used.
 */
#define MMU_NORMAL_PT_UPDATE       0    /* write the entry at ptr, if it stays safe */
#define MMU_MACHPHYS_UPDATE        1    /* set the machine-to-physical entry of the frame at ptr */
#define MMU_PT_UPDATE_PRESERVE_AD  2    /* as 0, but atomically keep accessed and dirty bits */
#define MMU_PT_UPDATE_NO_TRANSLATE 3    /* as 0, val holds a machine frame in any case */

/*
 * mmuext_op(ops[], count, *done, foreign): any guest; foreign is the frames' owner. OUT: done, may be null.
 * 0, -EFAULT, -EPERM, -ESRCH, -EINVAL, -EBUSY, -EOPNOTSUPP, -ENOSYS.
 */
#define MMUEXT_PIN_L1_TABLE        0    /* mfn: validate as a page table and keep it one until unpinned */
#define MMUEXT_PIN_L2_TABLE        1
#define MMUEXT_PIN_L3_TABLE        2
#define MMUEXT_PIN_L4_TABLE        3
#define MMUEXT_UNPIN_TABLE         4    /* mfn */
#define MMUEXT_NEW_BASEPTR         5    /* mfn: load cr3 */
#define MMUEXT_TLB_FLUSH_LOCAL     6    /* the calling vcpu's */
#define MMUEXT_INVLPG_LOCAL        7    /* linear_addr */
#define MMUEXT_TLB_FLUSH_MULTI     8    /* vcpumask */
#define MMUEXT_INVLPG_MULTI        9    /* linear_addr, vcpumask */
#define MMUEXT_TLB_FLUSH_ALL      10    /* all vcpus' */
#define MMUEXT_INVLPG_ALL         11    /* linear_addr */
#define MMUEXT_FLUSH_CACHE        12    /* write back and drop this CPU's caches; device owners only */
#define MMUEXT_SET_LDT            13    /* linear_addr (page aligned), nr_ents */
#define MMUEXT_NEW_USER_BASEPTR   15    /* mfn (or 0): root while in user mode, 64-bit guests */
#define MMUEXT_CLEAR_PAGE         16    /* mfn */
#define MMUEXT_COPY_PAGE          17    /* mfn = to, src_mfn = from */
#define MMUEXT_FLUSH_CACHE_GLOBAL 18    /* as FLUSH_CACHE, on all CPUs */
#define MMUEXT_MARK_SUPER         19    /* mfn: first of 512 to stay mappable as a superpage. Or -EOPNOTSUPP */
#define MMUEXT_UNMARK_SUPER       20    /* mfn: as marked */

#ifndef __ASSEMBLY__
typedef struct mmuext_op {
    unsigned int cmd;
    union {
        xen_pfn_t mfn;
        unsigned long linear_addr;
    } arg1;
    union {
        unsigned int nr_ents;
#if __XEN_INTERFACE_VERSION__ >= 0x00030205
        XEN_GUEST_HANDLE(const_void) vcpumask;
#else
        const void *vcpumask;
#endif
        xen_pfn_t src_mfn;
    } arg2;
} mmuext_op_t;
DEFINE_XEN_GUEST_HANDLE(mmuext_op_t);
#endif

/*
 * update_va_mapping(va, entry, flags): any guest; ..._otherdomain(va, entry, flags, domid): as mmu_update's
 * owner. Writes the bottom-level entry that maps va and flushes as flags say: what | whose. With UVMF_MULTI
 * the rest of flags is a pointer to a vcpu bitmap. 0, -EINVAL, -EPERM, -ESRCH.
 */
#define UVMF_NONE           (xen_mk_ulong(0) << 0)
#define UVMF_TLB_FLUSH      (xen_mk_ulong(1) << 0)
#define UVMF_INVLPG         (xen_mk_ulong(2) << 0)
#define UVMF_FLUSHTYPE_MASK (xen_mk_ulong(3) << 0)
#define UVMF_MULTI          (xen_mk_ulong(0) << 2)
#define UVMF_LOCAL          (xen_mk_ulong(0) << 2)
#define UVMF_ALL            (xen_mk_ulong(1) << 2)

/*
 * console_io(cmd, count, buffer): write by any guest if the build allows (dom0: verbatim; others:
 * printable, by lines), 0 or -errno; read by dom0, OUT: at most count bytes, returns how many.
 */
#define CONSOLEIO_write 0
#define CONSOLEIO_read  1

/* vm_assist(cmd, type): any guest, switches a convenience on or off. 0, -EINVAL. */
#define VMASST_CMD_enable                0
#define VMASST_CMD_disable               1
#define VMASST_TYPE_4gb_segments         0   /* 32-bit: act as if segments reached to 4 GiB */
#define VMASST_TYPE_4gb_segments_notify  1   /* 32-bit: and raise vector 15 each time */
#define VMASST_TYPE_writable_pagetables  2   /* plain writes to bottom-level tables are carried out */
#define VMASST_TYPE_pae_extended_cr3     3   /* 32-bit: roots above 4 GiB */
#define VMASST_TYPE_architectural_iopl   4   /* the kernel has IOPL as on bare hardware */
#define VMASST_TYPE_runstate_update_flag 5   /* mark runstate areas while they are written */
#define VMASST_TYPE_m2p_strict           32  /* 64-bit: no machine-to-physical table in user mode */
#if __XEN_INTERFACE_VERSION__ < 0x00040600
#define MAX_VMASST_TYPE                  3
#endif

/* Domain numbers of a special meaning. */
#define DOMID_FIRST_RESERVED xen_mk_uint(0x7FF0)
#define DOMID_SELF           xen_mk_uint(0x7FF0)    /* the caller */
#define DOMID_IO             xen_mk_uint(0x7FF1)    /* owner of device memory */
#define DOMID_XEN            xen_mk_uint(0x7FF2)    /* owner of what the hypervisor shares */
#define DOMID_COW            xen_mk_uint(0x7FF3)    /* owner of pages shared copy-on-write */
#define DOMID_INVALID        xen_mk_uint(0x7FF4)
#define DOMID_IDLE           xen_mk_uint(0x7FFF)
#define DOMID_MASK           xen_mk_uint(0x7FFF)

#ifndef __ASSEMBLY__

typedef uint16_t domid_t;

typedef struct mmu_update {
    uint64_t ptr;
    uint64_t val;
} mmu_update_t;
DEFINE_XEN_GUEST_HANDLE(mmu_update_t);

/* multicall(calls[], nr): any guest. Each is made in turn; OUT: result of each. 0, -EFAULT, -EINVAL. */
typedef struct multicall_entry {
    xen_ulong_t op, result;
    xen_ulong_t args[6];
} multicall_entry_t;
DEFINE_XEN_GUEST_HANDLE(multicall_entry_t);

#if __XEN_INTERFACE_VERSION__ < 0x00040400
#define NR_EVENT_CHANNELS EVTCHN_2L_NR_CHANNELS
#endif

/*
 * A vcpu's clock, read under version (odd while it is written, read again if it changed). Nanoseconds now:
 * system_time + (((tsc - tsc_timestamp) << tsc_shift) * tsc_to_system_mul >> 32), a negative shift going
 * right.
 */
typedef struct vcpu_time_info {
    uint32_t version;
    uint32_t pad0;
    uint64_t tsc_timestamp;
    uint64_t system_time;
    uint32_t tsc_to_system_mul;
    int8_t tsc_shift;
#if __XEN_INTERFACE_VERSION__ > 0x040600
    uint8_t flags;
    uint8_t pad1[2];
#else
    int8_t pad1[3];
#endif
} vcpu_time_info_t;
#define XEN_PVCLOCK_TSC_STABLE_BIT (1 << 0) /* all vcpus' clocks agree */
#define XEN_PVCLOCK_GUEST_STOPPED  (1 << 1)

/*
 * 64 bytes per vcpu. pending is set by the hypervisor and cleared by the guest before it looks for events;
 * while mask is set no upcall is made. Only the CPU that runs the vcpu looks at mask: no locked access is
 * needed.
 */
struct vcpu_info {
    uint8_t evtchn_upcall_pending;
#ifdef XEN_HAVE_PV_UPCALL_MASK
    uint8_t evtchn_upcall_mask;
#else
    uint8_t pad0;
#endif
    xen_ulong_t evtchn_pending_sel;     /* words of evtchn_pending that have news */
    struct arch_vcpu_info arch;
    vcpu_time_info_t time;
};
#ifndef __XEN__
typedef struct vcpu_info vcpu_info_t;
#endif

/*
 * The page a domain shares with the hypervisor. It may grow. A pending bit is set by the hypervisor and
 * cleared by the guest, a mask bit is the guest's: unmasking a pending port needs EVTCHNOP_unmask or a look
 * of its own.
 */
struct shared_info {
    struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
    xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8];
    xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];
    uint32_t wc_version;                /* as vcpu_time_info's, for the wall clock at system time 0 */
    uint32_t wc_sec;
    uint32_t wc_nsec;
#if !defined(__i386__)
    uint32_t wc_sec_hi;
#define xen_wc_sec_hi wc_sec_hi
#elif !defined(__XEN__) && !defined(__XEN_TOOLS__)
#define xen_wc_sec_hi arch.wc_sec_hi
#endif
    struct arch_shared_info arch;
};
#ifndef __XEN__
typedef struct shared_info shared_info_t;
#endif

/*
 * Start of day. A PV kernel starts in one virtual region that ends on a 4 MiB boundary, mapped one to one
 * to its first pseudo-physical pages: kernel, module, frame list (unless XEN_ELFNOTE_INIT_P2M moved it),
 * start_info, store ring, console ring (both not for dom0), page tables (read-only), stack, at least 512
 * KiB of spare room. rsi (esi) points to this page.
 */
#ifdef XEN_HAVE_PV_GUEST_ENTRY
typedef struct start_info {
    /* valid after boot and after resume */
    char magic[32];                     /* "xen-VERSION-PLATFORM" */
    unsigned long nr_pages;             /* the domain's memory */
    unsigned long shared_info;          /* machine address */
    uint32_t flags;                     /* SIF_* */
    xen_pfn_t store_mfn;                /* machine frame of the store ring */
    uint32_t store_evtchn;
    union {
        struct {
            xen_pfn_t mfn;              /* machine frame of the console ring */
            uint32_t evtchn;
        } domU;
        struct {
            uint32_t info_off;          /* dom0_vga_console_info: offset in this page, size */
            uint32_t info_size;
        } dom0;
    } console;
    /* valid after boot only; addresses are virtual */
    unsigned long pt_base;
    unsigned long nr_pt_frames;
    unsigned long mfn_list;
    unsigned long mod_start;            /* a frame number with SIF_MOD_START_PFN */
    unsigned long mod_len;
#define MAX_GUEST_CMDLINE 1024
    int8_t cmd_line[MAX_GUEST_CMDLINE];
    unsigned long first_p2m_pfn;        /* frames of the frame list, if it was moved */
    unsigned long nr_p2m_frames;
} start_info_t;

#if __XEN_INTERFACE_VERSION__ < 0x00030203
#define console_mfn    console.domU.mfn
#define console_evtchn console.domU.evtchn
#endif
#endif

#define SIF_PRIVILEGED      (1 << 0)
#define SIF_INITDOMAIN      (1 << 1)    /* the first domain */
#define SIF_MULTIBOOT_MOD   (1 << 2)    /* the module starts with xen_multiboot_mod_list entries */
#define SIF_MOD_START_PFN   (1 << 3)
#define SIF_VIRT_P2M_4TOOLS (1 << 4)    /* the tools understand arch_shared_info.p2m_vaddr */
#define SIF_PM_MASK         (0xFF << 8) /* power management options */

/* Offsets from the module's start; ends with an entry whose mod_start is 0. mod_end is the last byte. */
struct xen_multiboot_mod_list {
    uint32_t mod_start;
    uint32_t mod_end;
    uint32_t cmdline;
    uint32_t pad;                       /* 0 */
};

/* The screen dom0 takes over. */
typedef struct dom0_vga_console_info {
    uint8_t video_type;
#define XEN_VGATYPE_TEXT_MODE_3 0x03
#define XEN_VGATYPE_VESA_LFB    0x23
#define XEN_VGATYPE_EFI_LFB     0x70
    union {
        struct {
            uint16_t font_height;       /* pixels */
            uint16_t cursor_x, cursor_y;
            uint16_t rows, columns;
        } text_mode_3;
        struct {
            uint16_t width, height;
            uint16_t bytes_per_line;
            uint16_t bits_per_pixel;
            uint32_t lfb_base;
            uint32_t lfb_size;          /* in 64 KiB */
            uint8_t red_pos, red_size;
            uint8_t green_pos, green_size;
            uint8_t blue_pos, blue_size;
            uint8_t rsvd_pos, rsvd_size;
#if __XEN_INTERFACE_VERSION__ >= 0x00030206
            uint32_t gbl_caps;          /* capabilities of VBE function 4f00 */
            uint16_t mode_attrs;        /* attributes of VBE function 4f01 */
            uint16_t pad;
#endif
#if __XEN_INTERFACE_VERSION__ >= 0x00040d00
            uint32_t ext_lfb_base;      /* high half of lfb_base */
#endif
        } vesa_lfb;
    } u;
} dom0_vga_console_info_t;
#define xen_vga_console_info dom0_vga_console_info
#define xen_vga_console_info_t dom0_vga_console_info_t

typedef uint8_t xen_domain_handle_t[16];    /* a domain's UUID */

__DEFINE_XEN_GUEST_HANDLE(uint8, uint8_t);
__DEFINE_XEN_GUEST_HANDLE(uint16, uint16_t);
__DEFINE_XEN_GUEST_HANDLE(uint32, uint32_t);
__DEFINE_XEN_GUEST_HANDLE(uint64, uint64_t);

typedef struct {
    uint8_t a[16];
} xen_uuid_t;

/* A UUID from its printed groups, most significant byte first: 32, 16, 16, 16 bits, then six bytes. */
#define __XEN_UUID_16(x) ((x) >> 8) & 0xFF, (x) & 0xFF
#define XEN_DEFINE_UUID_(a, b, c, d, e1, e2, e3, e4, e5, e6) \
    {{((a) >> 24) & 0xFF, ((a) >> 16) & 0xFF, __XEN_UUID_16(a), \
      __XEN_UUID_16(b), __XEN_UUID_16(c), __XEN_UUID_16(d), e1, e2, e3, e4, e5, e6}}
#if defined(__STDC_VERSION__) ? __STDC_VERSION__ >= 199901L : defined(__GNUC__)
#define XEN_DEFINE_UUID(a, b, c, d, e1, e2, e3, e4, e5, e6) \
    ((xen_uuid_t)XEN_DEFINE_UUID_(a, b, c, d, e1, e2, e3, e4, e5, e6))
#else
#define XEN_DEFINE_UUID(a, b, c, d, e1, e2, e3, e4, e5, e6) \
    XEN_DEFINE_UUID_(a, b, c, d, e1, e2, e3, e4, e5, e6)
#endif

#endif

/* Control interfaces: fields and handles of one layout for both widths. */
#if defined(__XEN__) || defined(__XEN_TOOLS__)
#ifndef int64_aligned_t
#define int64_aligned_t int64_t
#endif
#ifndef uint64_aligned_t
#define uint64_aligned_t uint64_t
#endif
#ifndef XEN_GUEST_HANDLE_64
#define XEN_GUEST_HANDLE_64(name) XEN_GUEST_HANDLE(name)
#endif
#ifndef __ASSEMBLY__
typedef struct xenctl_bitmap {
    XEN_GUEST_HANDLE_64(uint8) bitmap;
    uint32_t nr_bits;
} xenctl_bitmap_t;
#endif
#endif

#endif
