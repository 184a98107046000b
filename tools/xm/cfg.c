/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cfg.h"
#include "message.h"

#define FILE_MAX_BYTES  (1 << 20)   /* a configuration is a page of text: more is some other file */
#define LIST_MAX_DEPTH  8

struct reader {
    struct pool *pool;
    const struct cfg_source *source;
    size_t at;
    int depth;                      /* of lists being read: inside one, a line's end is only white space */
};

static void show_place(const struct cfg_source *source, size_t at, const char *what, const char *format,
                       va_list args)
{
    const char *text = source->text;
    size_t line = 1, start = 0, end, i;

    if (at > source->length)
        at = source->length;
    for (i = 0; i < at; i++)
        if (text[i] == '\n') {
            line++;
            start = i + 1;
        }
    for (end = at; end < source->length && text[end] != '\n'; end++)
        ;
    fflush(stdout);
    fprintf(stderr, "%s:%zu:%zu: %s: ", source->name, line, at - start + 1, what);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n    ");
    for (i = start; i < end; i++)
        fputc(isprint((unsigned char)text[i]) || text[i] == '\t' ? text[i] : '?', stderr);
    fprintf(stderr, "\n    ");
    for (i = start; i < at; i++)
        fputc(text[i] == '\t' ? '\t' : ' ', stderr);
    fprintf(stderr, "^\n");
}

/* See cfg.h. */
int cfg_source_error(const struct cfg_source *source, size_t at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    show_place(source, at, "error", format, args);
    va_end(args);
    return -EINVAL;
}

/* See cfg.h. */
void cfg_warn(const struct cfg_source *source, size_t at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    show_place(source, at, "warning", format, args);
    va_end(args);
}

/* See cfg.h. */
int cfg_error(const struct cfg_value *value, size_t index, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    show_place(value->source, value->at + (value->verbatim ? index : 0), "error", format, args);
    va_end(args);
    return -EINVAL;
}

static char peek(const struct reader *r)
{
    return r->at < r->source->length ? r->source->text[r->at] : '\0';
}

static bool at_end(const struct reader *r)
{
    return r->at >= r->source->length;
}

static bool starts_with(const struct reader *r, const char *word)
{
    size_t length = strlen(word);

    return r->source->length - r->at >= length && !memcmp(r->source->text + r->at, word, length);
}

/* Skips blanks, comments and joined lines; inside a list line ends as well. */
static void skip_space(struct reader *r)
{
    while (!at_end(r)) {
        char c = peek(r);

        if (c == '#')
            while (!at_end(r) && peek(r) != '\n')
                r->at++;
        else if (c == ' ' || c == '\t' || c == '\r' || (r->depth && c == '\n'))
            r->at++;
        else if (starts_with(r, "\\\n"))
            r->at += 2;
        else
            break;
    }
}

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* One escape after its backslash: the character it means, or -1 if it means none and both characters stay. */
static int read_escape(struct reader *r)
{
    static const char from[] = "nrtabfv0\\'\"", to[] = "\n\r\t\a\b\f\v\0\\'\"";
    const char *text = r->source->text + r->at, *found;
    char digits[3] = "";

    if (text[0] == 'x' && isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2])) {
        memcpy(digits, text + 1, 2);
        r->at += 3;
        return (int)strtol(digits, NULL, 16);
    }
    found = text[0] ? strchr(from, text[0]) : NULL;
    if (!found)
        return -1;
    r->at++;
    return (unsigned char)to[found - from];
}

static int read_string(struct reader *r, struct cfg_value *value)
{
    size_t open = r->at, length = 0;
    char quote = peek(r), triple[4] = { quote, quote, quote, '\0' }, *text;
    bool long_form = starts_with(r, triple);

    r->at += long_form ? 3 : 1;
    value->kind = CFG_STRING;
    value->at = r->at;
    value->verbatim = true;
    text = pool_alloc(r->pool, r->source->length - r->at + 1);
    while (long_form ? !starts_with(r, triple) : peek(r) != quote) {
        if (at_end(r) || (peek(r) == '\n' && !long_form))
            return cfg_source_error(r->source, open, "this string is never closed: add %s", long_form
                                    ? triple :
                                    quote == '"' ? "\"" : "'");
        if (peek(r) == '\\') {
            int c;

            value->verbatim = false;
            r->at++;
            if (starts_with(r, "\n")) {
                r->at++;
                continue;
            }
            c = read_escape(r);
            if (!c)
                return cfg_source_error(r->source, r->at, "a string can't hold the character NUL");
            text[length++] = c < 0 ? '\\' : (char)c;
        } else {
            text[length++] = r->source->text[r->at++];
        }
    }
    r->at += long_form ? 3 : 1;
    value->string = text;
    return 0;
}

static int read_number(struct reader *r, struct cfg_value *value)
{
    char *end;

    value->kind = CFG_NUMBER;
    errno = 0;
    value->number = strtoll(r->source->text + r->at, &end, 0);
    if (errno)
        return cfg_source_error(r->source, r->at, "this number is too large");
    if (word_char(*end) || *end == '.')
        return cfg_source_error(r->source, (size_t)(end - r->source->text),
                                "this is no number: put text in quotes");
    r->at = (size_t)(end - r->source->text);
    return 0;
}

static int read_value(struct reader *r, struct cfg_value *value);

static int read_list(struct reader *r, struct cfg_value *value)
{
    size_t open = r->at++;
    int err;

    if (r->depth == LIST_MAX_DEPTH)
        return cfg_source_error(r->source, open, "lists nested more than %d deep", LIST_MAX_DEPTH);
    value->kind = CFG_LIST;
    r->depth++;
    for (skip_space(r); peek(r) != ']'; skip_space(r)) {
        if (at_end(r))
            return cfg_source_error(r->source, open, "this list is never closed: add ]");
        value->items = pool_grow(r->pool, value->items, value->count, sizeof(*value->items));
        err = read_value(r, &value->items[value->count++]);
        if (err)
            return err;
        skip_space(r);
        if (peek(r) == ',')
            r->at++;
        else if (!at_end(r) && peek(r) != ']')
            return cfg_source_error(r->source, r->at, "expected , or ] between the list's elements");
    }
    r->at++;
    r->depth--;
    return 0;
}

static int read_word(struct reader *r, struct cfg_value *value)
{
    size_t start = r->at, length;

    while (word_char(peek(r)))
        r->at++;
    length = r->at - start;
    value->kind = CFG_NUMBER;
    if (length == 4 && !strncasecmp(r->source->text + start, "true", 4))
        value->number = 1;
    else if (length != 5 || strncasecmp(r->source->text + start, "false", 5))
        return cfg_source_error(r->source, start, "'%.*s' is no value: put text in quotes", (int)length,
                                r->source->text + start);
    return 0;
}

static int read_value(struct reader *r, struct cfg_value *value)
{
    char c = peek(r);

    *value = (struct cfg_value){ .source = r->source, .at = r->at };
    if (c == '"' || c == '\'')
        return read_string(r, value);
    if (c == '[')
        return read_list(r, value);
    if (isdigit((unsigned char)c) || ((c == '-' || c == '+') &&
                                      isdigit((unsigned char)r->source->text[r->at + 1])))
        return read_number(r, value);
    if (word_char(c))
        return read_word(r, value);
    return cfg_source_error(r->source, r->at, "expected a value: a number, a 'string' or a [list]");
}

static int append(struct pool *pool, struct cfg_value *old, const struct cfg_value *more)
{
    if (old->kind != more->kind || old->kind == CFG_NUMBER)
        return cfg_error(more, 0, "+= appends a string to a string or a list to a list");
    if (old->kind == CFG_STRING) {
        old->string = pool_printf(pool, "%s%s", old->string, more->string);
        old->verbatim = false;
        return 0;
    }
    for (size_t i = 0; i < more->count; i++) {
        old->items = pool_grow(pool, old->items, old->count, sizeof(*old->items));
        old->items[old->count++] = more->items[i];
    }
    return 0;
}

static int store_setting(struct cfg *cfg, const struct cfg_setting *setting, bool appends)
{
    for (size_t i = 0; i < cfg->count; i++) {
        struct cfg_setting *old = &cfg->settings[i];

        if (strcmp(old->key, setting->key))
            continue;
        if (appends)
            return append(cfg->pool, &old->value, &setting->value);
        *old = *setting;
        return 0;
    }
    cfg->settings = pool_grow(cfg->pool, cfg->settings, cfg->count, sizeof(*setting));
    cfg->settings[cfg->count++] = *setting;
    return 0;
}

static int read_setting(struct reader *r, struct cfg *cfg)
{
    struct cfg_setting setting = { .source = r->source, .at = r->at };
    bool appends;
    int err;

    while (word_char(peek(r)))
        r->at++;
    if (r->at == setting.at || isdigit((unsigned char)r->source->text[setting.at]))
        return cfg_source_error(r->source, setting.at, "expected the name of a setting, as in: memory = 256");
    setting.key = pool_strndup(r->pool, r->source->text + setting.at, r->at - setting.at);
    skip_space(r);
    appends = starts_with(r, "+=");
    if (!appends && peek(r) != '=')
        return cfg_source_error(r->source, r->at, "expected = after '%s'", setting.key);
    r->at += appends ? 2 : 1;
    skip_space(r);
    err = read_value(r, &setting.value);
    if (err)
        return err;
    skip_space(r);
    if (!at_end(r) && peek(r) != '\n' && peek(r) != ';')
        return cfg_source_error(r->source, r->at, "unexpected text after the value of '%s'", setting.key);
    return store_setting(cfg, &setting, appends);
}

/* See cfg.h. */
int cfg_parse(struct cfg *cfg, const struct cfg_source *source)
{
    struct reader r = { .pool = cfg->pool, .source = source };
    const char *nul = memchr(source->text, '\0', source->length);
    int err;

    if (nul)
        return cfg_source_error(source, (size_t)(nul - source->text),
                                "this is no text file (it holds a NUL character)");
    for (skip_space(&r); !at_end(&r); skip_space(&r)) {
        if (peek(&r) == '\n' || peek(&r) == ';') {
            r.at++;
            continue;
        }
        err = read_setting(&r, cfg);
        if (err)
            return err;
    }
    return 0;
}

static struct cfg_source *new_source(struct pool *pool, const char *name, const char *text, size_t length)
{
    struct cfg_source *source = pool_alloc(pool, sizeof(*source));

    source->name = pool_strdup(pool, name);
    source->text = pool_strndup(pool, text, length);
    source->length = length;
    return source;
}

/* See cfg.h. */
int cfg_parse_file(struct cfg *cfg, const char *path)
{
    FILE *file = fopen(path, "re");
    struct stat st;
    size_t length;
    char *text;
    int err = 0;

    if (!file || fstat(fileno(file), &st) || (S_ISDIR(st.st_mode) && (errno = EISDIR))) {
        err = -errno;
        fail_errno(err, "can't read the configuration %s", path);
        if (file)
            fclose(file);
        return err;
    }
    text = pool_alloc(cfg->pool, FILE_MAX_BYTES + 1);
    length = fread(text, 1, FILE_MAX_BYTES + 1, file);
    if (ferror(file)) {
        err = -errno;
        fail_errno(err, "can't read the configuration %s", path);
    } else if (length > FILE_MAX_BYTES) {
        err = -EFBIG;
        fail("%s is no configuration: it is larger than 1 MiB", path);
    }
    fclose(file);
    return err ? err : cfg_parse(cfg, new_source(cfg->pool, path, text, length));
}

/* An unquoted value is a number if all of it is one, otherwise a string. */
static bool needs_quotes(const char *value)
{
    char *end;

    if (*value && strchr("\"'[", *value))
        return false;
    if (!strcasecmp(value, "true") || !strcasecmp(value, "false"))
        return false;
    strtoll(value, &end, 0);
    return end == value || *end;
}

/* See cfg.h. */
int cfg_parse_argument(struct cfg *cfg, const char *argument)
{
    const char *equals = strchr(argument, '=');
    struct cfg_source *source = new_source(cfg->pool, "command line", argument, strlen(argument));
    struct cfg_setting setting = { .source = source };
    bool appends = equals && equals > argument && equals[-1] == '+';

    if (!equals || !needs_quotes(equals + 1))
        return cfg_parse(cfg, source);
    setting.key = pool_strndup(cfg->pool, argument, (size_t)(equals - argument) - appends);
    for (const char *c = setting.key; *c || c == setting.key; c++)
        if (!word_char(*c))
            return cfg_source_error(source, (size_t)(c - setting.key),
                                    "expected KEY=VALUE, as in memory=256");
    setting.value = (struct cfg_value){ .kind = CFG_STRING, .source = source, .verbatim = true,
                                        .at = (size_t)(equals + 1 - argument),
                                        .string = pool_strdup(cfg->pool, equals + 1) };
    return store_setting(cfg, &setting, appends);
}

/* See cfg.h. */
struct cfg_value cfg_string(struct pool *pool, const char *source_name, const char *text)
{
    struct cfg_source *source = new_source(pool, source_name, text, strlen(text));

    return (struct cfg_value){ .kind = CFG_STRING, .source = source, .verbatim = true,
                               .string = source->text };
}

/* See cfg.h. */
const struct cfg_setting *cfg_find(const struct cfg *cfg, const char *key)
{
    for (size_t i = 0; i < cfg->count; i++)
        if (!strcmp(cfg->settings[i].key, key))
            return &cfg->settings[i];
    return NULL;
}
