/* SPDX-License-Identifier: MIT */
/* The kernel's tests of itself, chosen by the option test=all or test=NAME,NAME... */
#ifndef TEST_H
#define TEST_H

/* Run those that a list names; each prints "TEST NAME: ok", "FAIL why" or "SKIP why". */
void tests_run(const char *list);

#endif
