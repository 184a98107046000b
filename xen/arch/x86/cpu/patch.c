/* SPDX-License-Identifier: GPL-2.0-only */
/* Code chosen at boot: see asm/patch.h. */
#include <xen/lib.h>
#include <asm/page.h>
#include <asm/patch.h>
#include <asm/processor.h>

#define CALL_REL32    0xe8
#define JMP_REL32     0xe9
#define BRANCH_LENGTH 5

extern const struct patch __init_patches_start[], __init_patches_end[];

/* See asm/patch.h. */
void patch_code(uint8_t *place, unsigned long to, const uint8_t *with, unsigned long from, unsigned length)
{
    int32_t distance;

    memcpy(place, with, length);
    if (length < BRANCH_LENGTH || (with[0] != CALL_REL32 && with[0] != JMP_REL32))
        return;
    memcpy(&distance, with + 1, sizeof(distance));
    distance += (int32_t)(from - to);
    memcpy(place + 1, &distance, sizeof(distance));
}

/* The processor has perhaps fetched what stood there before. CPUID makes it fetch again (SDM vol. 3, 8.1.3). */
static void forget_fetched_code(void)
{
    uint32_t ignored;

    cpuid(0, 0, &ignored, &ignored, &ignored, &ignored);
}

/* See asm/patch.h. Interrupts enter through what is being changed, and text is writable in the direct map only. */
void patch_apply(unsigned purposes)
{
    unsigned long flags;

    local_irq_save(flags);
    for (const struct patch *p = __init_patches_start; p < __init_patches_end; p++) {
        unsigned long site = (unsigned long)&p->site + p->site, with = (unsigned long)&p->with + p->with;

        if (p->when & purposes)
            patch_code(__va(virt_to_maddr((void *)site)), site, (const uint8_t *)with, with, p->length);
    }
    forget_fetched_code();
    local_irq_restore(flags);
}
