/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's command line: options declared with xen/param.h anywhere, and the initcalls. */
#include <xen/lib.h>
#include <xen/param.h>
#include <asm/init.h>

extern const struct boot_param __init_params_start[], __init_params_end[];
extern const initcall_t __init_calls_start[], __init_calls_end[];

char saved_cmdline[1024];

/* 1, 0, or -1 where the text is neither yes nor no. */
init_text int parse_bool(const char *s)
{
    static const char *const yes[] = { "yes", "on", "true", "enable", "1" };
    static const char *const no[] = { "no", "off", "false", "disable", "0" };

    for (unsigned i = 0; i < ARRAY_SIZE(yes); i++) {
        if (strcmp(s, yes[i]) == 0)
            return 1;
        if (strcmp(s, no[i]) == 0)
            return 0;
    }
    return -1;
}

/*
 * "yes", "no", or a list of dom0=BOOL, domu=BOOL, default: what holds for domain 0 and for the others. -1: default. 0 or
 * -EINVAL
 */
init_text int parse_per_domain(const char *s, int *dom0_value, int *domu_value)
{
    char word[16];

    while (*s) {
        const char *comma = strchr(s, ',');
        size_t n = comma ? (size_t)(comma - s) : strlen(s);
        int both, b;

        if (n >= sizeof(word))
            return -EINVAL;
        memcpy(word, s, n);
        word[n] = '\0';
        s += n + (s[n] == ',');
        both = strcmp(word, "default") == 0 ? -1 : parse_bool(word);
        b = strncmp(word, "dom0=", 5) == 0 || strncmp(word, "domu=", 5) == 0 ? parse_bool(word + 5) : -1;
        if (b >= 0)
            *(word[3] == '0' ? dom0_value : domu_value) = b;
        else if (both >= 0 || strcmp(word, "default") == 0)
            *dom0_value = *domu_value = both;
        else
            return -EINVAL;
    }
    return 0;
}

static init_text int set_bool(const struct boot_param *p, const char *value, bool negated)
{
    int b = *value ? parse_bool(value) : 1;

    if (b < 0)
        return -EINVAL;
    *(bool *)p->var = b != negated;
    return 0;
}

static init_text int set_number(const struct boot_param *p, const char *value)
{
    const char *end;
    uint64_t n = p->kind == PARAM_UINT ? strtoul(value, &end, 0) : parse_size(value, &end, 10);

    if (*value == '\0' || *end != '\0' || (p->kind == PARAM_UINT && (n < p->least || n > p->most)))
        return -EINVAL;
    if (p->kind == PARAM_UINT)
        *(unsigned *)p->var = n;
    else
        *(uint64_t *)p->var = n;
    return 0;
}

static init_text int set_param(const struct boot_param *p, const char *value, bool negated)
{
    switch (p->kind) {
    case PARAM_BOOL:
        return set_bool(p, value, negated);
    case PARAM_UINT:
    case PARAM_SIZE:
        return set_number(p, negated ? "0" : value);
    case PARAM_STRING:
        value = negated ? "no" : value;
        if (strlen(value) >= p->len)
            return -EINVAL;
        strlcpy(p->var, value, p->len);
        return 0;
    case PARAM_CUSTOM:
        return p->parse(negated ? "no" : value);
    }
    return -EINVAL;
}

/* Several variables may be declared for one name: each gets the value. */
static init_text bool apply(const char *name, const char *value, bool negated)
{
    bool known = false;

    for (const struct boot_param *p = __init_params_start; p < __init_params_end; p++) {
        if (strcmp(p->name, name) != 0)
            continue;
        known = true;
        if (set_param(p, value, negated))
            printk(LOG_WARN "Option '%s': bad value '%s'\n", name, value);
    }
    return known;
}

static init_text void parse_option(char *opt)
{
    char *value = strchr(opt, '=');

    if (value)
        *value++ = '\0';
    if (apply(opt, value ? value : "", false))
        return;
    if (strncmp(opt, "no-", 3) == 0 && apply(opt + 3, "", true))
        return;
    if (strncmp(opt, "no", 2) == 0 && apply(opt + 2, "", true))
        return;
    printk(LOG_WARN "Option '%s' is not known\n", opt);
}

static init_text bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copy the next word to opt, without quotes. Returns what follows, NULL at the end. */
static init_text const char *next_word(const char *s, char *opt, size_t size)
{
    size_t n = 0;
    bool quoted = false;

    while (is_separator(*s))
        s++;
    if (*s == '\0')
        return NULL;
    for (; *s && (quoted || !is_separator(*s)); s++) {
        if (*s == '"')
            quoted = !quoted;
        else if (n + 1 < size)
            opt[n++] = *s;
    }
    opt[n] = '\0';
    return s;
}

static init_text bool is_known(const char *name)
{
    for (const struct boot_param *p = __init_params_start; p < __init_params_end; p++)
        if (strcmp(p->name, name) == 0)
            return true;
    return false;
}

/*
 * The loader may have put the image's name, or any word, in front: a first word without '=' that is no
 * option's name.
 */
static init_text const char *skip_image_name(const char *cmdline)
{
    char word[256];
    const char *rest = next_word(cmdline, word, sizeof(word));

    if (!rest || word[0] == '/' || word[0] == '(')
        return rest ? rest : cmdline;
    return strchr(word, '=') || is_known(word) || strncmp(word, "no", 2) == 0 ? cmdline : rest;
}

/* Set every option the command line names; keep the text for XENVER_commandline. */
init_text void cmdline_parse(const char *cmdline)
{
    static init_data char word[512];
    const char *s = skip_image_name(cmdline);

    while (is_separator(*s))
        s++;
    strlcpy(saved_cmdline, s, sizeof(saved_cmdline));
    while ((s = next_word(s, word, sizeof(word))) != NULL)
        if (strcmp(word, "--") != 0)
            parse_option(word);
}

init_text void do_initcalls(void)
{
    for (const initcall_t *call = __init_calls_start; call < __init_calls_end; call++)
        (*call)();
}
