/* SPDX-License-Identifier: GPL-2.0-only */
/* What the compiler of the small machine compiles: arithmetic as people write it, with its own heap of nodes. */

enum kind { NUMBER, SUM, DIFFERENCE, PRODUCT, QUOTIENT };

struct node {
    enum kind kind;
    long value;
    struct node *left, *right;
};

struct parser {
    const char *at;
    struct node nodes[256];
    unsigned int used;
    int failed;
};

static struct node *add_node(struct parser *p, enum kind kind, struct node *left, struct node *right)
{
    struct node *n;

    if (p->used == sizeof(p->nodes) / sizeof(p->nodes[0])) {
        p->failed = 1;
        return left;
    }
    n = &p->nodes[p->used++];
    n->kind = kind;
    n->left = left;
    n->right = right;
    n->value = 0;
    return n;
}

static void skip_blanks(struct parser *p)
{
    while (*p->at == ' ' || *p->at == '\t')
        p->at++;
}

static struct node *parse_sum(struct parser *p);

static struct node *parse_atom(struct parser *p)
{
    struct node *n;

    skip_blanks(p);
    if (*p->at == '(') {
        p->at++;
        n = parse_sum(p);
        skip_blanks(p);
        if (*p->at++ != ')')
            p->failed = 1;
        return n;
    }
    n = add_node(p, NUMBER, 0, 0);
    if (*p->at < '0' || *p->at > '9')
        p->failed = 1;
    while (*p->at >= '0' && *p->at <= '9')
        n->value = n->value * 10 + *p->at++ - '0';
    return n;
}

static struct node *parse_product(struct parser *p)
{
    struct node *n = parse_atom(p);

    for (skip_blanks(p); !p->failed && (*p->at == '*' || *p->at == '/'); skip_blanks(p)) {
        enum kind kind = *p->at++ == '*' ? PRODUCT : QUOTIENT;

        n = add_node(p, kind, n, parse_atom(p));
    }
    return n;
}

static struct node *parse_sum(struct parser *p)
{
    struct node *n = parse_product(p);

    for (skip_blanks(p); !p->failed && (*p->at == '+' || *p->at == '-'); skip_blanks(p)) {
        enum kind kind = *p->at++ == '+' ? SUM : DIFFERENCE;

        n = add_node(p, kind, n, parse_product(p));
    }
    return n;
}

static long value_of(const struct node *n, int *failed)
{
    long left, right;

    if (n->kind == NUMBER)
        return n->value;
    left = value_of(n->left, failed);
    right = value_of(n->right, failed);
    switch (n->kind) {
    case SUM:
        return left + right;
    case DIFFERENCE:
        return left - right;
    case PRODUCT:
        return left * right;
    default:
        *failed |= right == 0;
        return right ? left / right : 0;
    }
}

/* 0, or -1 if the text isn't arithmetic. */
int evaluate(const char *text, long *result)
{
    static struct parser p;

    p.at = text;
    p.used = 0;
    p.failed = 0;
    *result = value_of(parse_sum(&p), &p.failed);
    skip_blanks(&p);
    return p.failed || *p.at ? -1 : 0;
}
