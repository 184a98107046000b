/* SPDX-License-Identifier: GPL-2.0-only */
/* Boot options are set by the test. */
#define boolean_param(name, var) bool *const param_##var = &var
