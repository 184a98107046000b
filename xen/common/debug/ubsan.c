/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Undefined behaviour that instrumented code runs into (make ubsan=y): the functions that gcc and clang call with
 * -fsanitize=undefined, by the names and with the arguments that they agree on. Each place is told of once, since a
 * guest can come there as often as it likes; `findings` counts all.
 *
 * Any context, from the first C code on. This file itself isn't instrumented, what it calls is: a finding there nests,
 * once for each place.
 */
#include <xen/atomic.h>
#include <xen/lib.h>

#define TOLD 0xffffffffu        /* in a place's column: the compilers' own runtime marks it so too */

struct place {
    const char *file;
    uint32_t line, column;
};

struct type {
    uint16_t kind, info;        /* an integer's info: its size as a power of two in bits 1 and up, bit 0: signed */
    char name[];                /* as in the source, quoted */
};
enum { KIND_INTEGER = 0 };

struct typed_place { struct place place; const struct type *type; };
struct shift_place { struct place place; const struct type *left, *right; };
struct index_place { struct place place; const struct type *array, *index; };
struct access_place { struct place place; const struct type *type; uint8_t log_alignment, access; };
struct argument_place { struct place place, attribute; int number; };
struct return_place { struct place attribute; };
struct builtin_place { struct place place; uint8_t builtin; };

/* A value as compilers pass it: itself, or its address when it doesn't fit into a word. */
typedef unsigned long value;

#define VALUE_TEXT 40
static unsigned long findings;

static void report(struct place *place, const char *fmt, ...) printf_like(2, 3);
static void report(struct place *place, const char *fmt, ...)
{
    unsigned long number = __atomic_add_fetch(&findings, 1, __ATOMIC_RELAXED);
    uint32_t column = xchg(&place->column, TOLD);
    char what[160];
    va_list ap;

    if (column == TOLD)
        return;
    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    printk(LOG_ERR "UBSAN: %s at %s:%u:%u (finding %lu)\n", what, place->file, place->line, column, number);
    dump_execution_state();
}

static const char *show(const struct type *type, value v, char *text)
{
    unsigned bits = 1u << (type->info >> 1);

    if (type->kind != KIND_INTEGER)
        snprintf(text, VALUE_TEXT, "?");
    else if (bits > 64)
        snprintf(text, VALUE_TEXT, "%#lx:%016lx", ((const unsigned long *)v)[1], ((const unsigned long *)v)[0]);
    else if (type->info & 1)
        snprintf(text, VALUE_TEXT, "%ld", (long)(v << (64 - bits)) >> (64 - bits));
    else
        snprintf(text, VALUE_TEXT, "%lu", v);
    return text;
}

static void report_pair(struct typed_place *at, value left, const char *operator, value right)
{
    char l[VALUE_TEXT], r[VALUE_TEXT];

    report(&at->place, "%s %s %s is no %s", show(at->type, left, l), operator, show(at->type, right, r), at->type->name);
}

void __ubsan_handle_add_overflow(struct typed_place *at, value left, value right);
void __ubsan_handle_add_overflow(struct typed_place *at, value left, value right)
{
    report_pair(at, left, "+", right);
}

void __ubsan_handle_sub_overflow(struct typed_place *at, value left, value right);
void __ubsan_handle_sub_overflow(struct typed_place *at, value left, value right)
{
    report_pair(at, left, "-", right);
}

void __ubsan_handle_mul_overflow(struct typed_place *at, value left, value right);
void __ubsan_handle_mul_overflow(struct typed_place *at, value left, value right)
{
    report_pair(at, left, "*", right);
}

void __ubsan_handle_divrem_overflow(struct typed_place *at, value left, value right);
void __ubsan_handle_divrem_overflow(struct typed_place *at, value left, value right)
{
    report_pair(at, left, "/", right);
}

void __ubsan_handle_negate_overflow(struct typed_place *at, value old);
void __ubsan_handle_negate_overflow(struct typed_place *at, value old)
{
    char text[VALUE_TEXT];

    report(&at->place, "-(%s) is no %s", show(at->type, old, text), at->type->name);
}

void __ubsan_handle_shift_out_of_bounds(struct shift_place *at, value left, value right);
void __ubsan_handle_shift_out_of_bounds(struct shift_place *at, value left, value right)
{
    char l[VALUE_TEXT], r[VALUE_TEXT];

    report(&at->place, "%s of %s shifted by %s", at->left->name, show(at->left, left, l), show(at->right, right, r));
}

void __ubsan_handle_out_of_bounds(struct index_place *at, value index);
void __ubsan_handle_out_of_bounds(struct index_place *at, value index)
{
    char text[VALUE_TEXT];

    report(&at->place, "index %s of %s", show(at->index, index, text), at->array->name);
}

/* Through a null pointer, to an address that isn't aligned, or beyond the object that is known to be there. */
void __ubsan_handle_type_mismatch_v1(struct access_place *at, unsigned long address);
void __ubsan_handle_type_mismatch_v1(struct access_place *at, unsigned long address)
{
    static const char *const accesses[] = {
        "load of", "store to", "reference to", "member of", "call of a member of", "construction of", "cast to", "cast to",
        "cast to", "cast to",
    };
    const char *access = at->access < ARRAY_SIZE(accesses) ? accesses[at->access] : "use of";
    unsigned long alignment = 1ul << at->log_alignment;

    if (!address)
        report(&at->place, "null pointer: %s %s", access, at->type->name);
    else if (address & (alignment - 1))
        report(&at->place, "%s %s at %#lx, not aligned to %lu", access, at->type->name, address, alignment);
    else
        report(&at->place, "%s %s at %#lx, beyond its object", access, at->type->name, address);
}

void __ubsan_handle_pointer_overflow(struct place *at, unsigned long base, unsigned long result);
void __ubsan_handle_pointer_overflow(struct place *at, unsigned long base, unsigned long result)
{
    report(at, "pointer %#lx became %#lx", base, result);
}

void __ubsan_handle_load_invalid_value(struct typed_place *at, value v);
void __ubsan_handle_load_invalid_value(struct typed_place *at, value v)
{
    char text[VALUE_TEXT];

    report(&at->place, "%s is no %s", show(at->type, v, text), at->type->name);
}

void __ubsan_handle_vla_bound_not_positive(struct typed_place *at, value bound);
void __ubsan_handle_vla_bound_not_positive(struct typed_place *at, value bound)
{
    char text[VALUE_TEXT];

    report(&at->place, "array of %s elements", show(at->type, bound, text));
}

void __ubsan_handle_nonnull_arg(struct argument_place *at);
void __ubsan_handle_nonnull_arg(struct argument_place *at)
{
    report(&at->place, "null pointer: argument %d", at->number);
}

void __ubsan_handle_nonnull_return_v1(struct return_place *data, struct place *at);
void __ubsan_handle_nonnull_return_v1(struct return_place *data, struct place *at)
{
    report(at, "null pointer: returned");
}

void __ubsan_handle_invalid_builtin(struct builtin_place *at);
void __ubsan_handle_invalid_builtin(struct builtin_place *at)
{
    report(&at->place, "zero: argument of a count of leading or trailing zeros");
}

/* Nothing is there to go on with. */
void noreturn __ubsan_handle_builtin_unreachable(struct place *at);
void noreturn __ubsan_handle_builtin_unreachable(struct place *at)
{
    panic("UBSAN: unreachable code reached at %s:%u:%u", at->file, at->line, at->column);
}
