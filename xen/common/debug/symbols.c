/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of functions. tools/symbols.py writes the table from the linked image: start addresses as sorted
 * 32-bit offsets, and names compressed with a dictionary of up to 255 byte strings. Every 64th name's place
 * is marked.
 */
#include <xen/console.h>
#include <xen/lib.h>
#include <asm/sections.h>

#define MARK_EVERY 64

/* The first of the two links has an empty table. */
extern const uint32_t symbols_count;
extern const uint32_t symbols_offset[];/* from _stext; one more: the end */
extern const uint8_t symbols_names[];/* length, then that many codes */
extern const uint32_t symbols_mark[];
extern const uint16_t symbols_token_index[];/* of a code, in symbols_token */
extern const char symbols_token[];

static unsigned find(uint32_t offset)
{
    unsigned lo = 0, hi = symbols_count;

    while (hi - lo > 1) {
        unsigned mid = (lo + hi) / 2;

        if (symbols_offset[mid] <= offset)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static const char *expand(unsigned nr, char *buf, size_t size)
{
    const uint8_t *p = &symbols_names[symbols_mark[nr / MARK_EVERY]];
    size_t n = 0;

    for (unsigned i = 0; i < nr % MARK_EVERY; i++)
        p += *p + 1;
    for (unsigned i = 1; i <= *p; i++)
        for (const char *t = &symbols_token[symbols_token_index[p[i]]]; *t && n + 1 < size; t++)
            buf[n++] = *t;
    buf[n] = '\0';
    return buf;
}

static const char *lookup(unsigned long addr, unsigned long *offset, unsigned long *size, char *buf,
                          size_t room)
{
    uint32_t rel = addr - (unsigned long)_stext;
    unsigned nr;

    *offset = *size = 0;
    if (!is_kernel_text(addr) || symbols_count == 0)
        return "";
    nr = find(rel);
    if (rel < symbols_offset[nr])
        return "";
    *offset = rel - symbols_offset[nr];
    *size = symbols_offset[nr + 1] - symbols_offset[nr];
    return expand(nr, buf, room);
}

unsigned nr_symbols(void)
{
    return symbols_count;
}

bool symbol_nth(unsigned nr, unsigned long *addr, char name[SYMBOL_NAME_MAX])
{
    *addr = 0;
    name[0] = '\0';
    if (nr >= symbols_count)
        return false;
    *addr = (unsigned long)_stext + symbols_offset[nr];
    expand(nr, name, SYMBOL_NAME_MAX);
    return true;
}

/* The name stays valid until the next call on any CPU: for debugging output. */
const char *symbol_name(unsigned long addr, unsigned long *offset, unsigned long *size)
{
    static char name[SYMBOL_NAME_MAX];

    return lookup(addr, offset, size, name, sizeof(name));
}

void print_symbol(const char *fmt, unsigned long addr)
{
    char name[SYMBOL_NAME_MAX], text[SYMBOL_NAME_MAX + 40];
    unsigned long offset, size;
    const char *s = lookup(addr, &offset, &size, name, sizeof(name));

    if (*s)
        snprintf(text, sizeof(text), "%s+%#lx/%#lx", s, offset, size);
    else
        snprintf(text, sizeof(text), "%016lx", addr);
    for (; *fmt; fmt++)
        if (fmt[0] == '%' && fmt[1] == 's') {
            printk("%s", text);
            fmt++;
        } else {
            printk("%c", *fmt);
        }
}
