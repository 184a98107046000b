/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest user mode on page tables of its own, for the tests of this folder. */
#ifndef USER_MODE_H
#define USER_MODE_H

#include "test.h"

#define USER_CODE 0x400000ul
#define USER_ADDRESS(label) (USER_CODE + ((label) - user_code))

/* On a page of its own, to be mapped at USER_CODE. user_code: rbx tells when to come back. */
extern const char user_code[];

/* How user mode is entered: at a label of that page. */
struct entry {
    const char *code;
    uint64_t rbx, rsp;
    uint16_t cs;                /* 0: that of 64-bit code */
};

#define USER_FLAGS 6            /* words there at user_flags */

/* In user mode so: what ended it. */
struct fault run_in_user_mode(struct entry to);

void fast_calls(void);
void fast_calls_with_flags(void);
void fast_calls_without_callback(void);
void fast_calls_of_64_bit_code(void);

#endif
