/* SPDX-License-Identifier: GPL-2.0-only */
#define snprintf   our_snprintf
#define vsnprintf  our_vsnprintf
#define scnprintf  our_scnprintf
#define strtoul    our_strtoul
