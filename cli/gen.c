/* Fills the manual's tables and writes the shells' completions from the tables
 * that the program itself uses: `gen man FILE.in`, `gen bash`, `gen zsh`. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "stet/query.h"
#include "stet/tui.h"

/* roff text: a leading dot or quote and every backslash and dash escaped. */
static void
roff(const char *text)
{
    bool start = true;

    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\''))
            printf("\\&");
        if (*text == '\\')
            printf("\\e");
        else if (*text == '-')
            printf("\\-");
        else
            putchar(*text);
        start = *text == '\n';
    }
}

static void
man_options(const struct option_def *options)
{
    for (const struct option_def *o = options; o && o->name; o++) {
        printf(".TP\n.B ");
        if (o->letter)
            printf("\\-%c, ", o->letter);
        printf("\\-\\-");
        roff(o->name);
        if (o->arg) {
            printf(" \\fI");
            roff(o->arg);
            printf("\\fR");
        }
        putchar('\n');
        roff(o->help);
        putchar('\n');
    }
}

static void
man_commands(void)
{
    for (const struct command *const *c = commands; *c; c++) {
        printf(".SS \"stet %s\"\n.B stet %s\n", (*c)->name, (*c)->name);
        roff((*c)->synopsis);
        printf("\n.PP\n");
        roff((*c)->summary);
        printf(".\n");
        if ((*c)->details[0]) {
            roff((*c)->details);
            putchar('\n');
        }
        man_options((*c)->options);
    }
}

/* Keys first; then what only has a name. */
static void
man_keys(void)
{
    for (const struct tui_command_help *t = tui_command_table(); t->name; t++) {
        if (!t->keys[0])
            continue;
        printf(".TP\n.B ");
        roff(t->keys);
        putchar('\n');
        roff(t->meaning);
        printf(" (\\fB:");
        roff(t->name);
        printf("\\fR; %s)\n", t->context);
    }
}

static void
man_colon(void)
{
    for (const struct tui_command_help *t = tui_command_table(); t->name; t++) {
        if (t->keys[0])
            continue;
        printf(".TP\n.B :");
        roff(t->name);
        printf(" \\fI");
        roff(t->argument);
        printf("\\fR\n");
        roff(t->meaning + (t->argument[0] ? strlen(t->argument) + 2 : 0));
        printf(" (%s)\n", t->context);
    }
}

static void
man_preferences(void)
{
    for (const struct tui_preference_help *t = tui_preference_table(); t->name;
         t++) {
        printf(".TP\n.B ");
        roff(t->name);
        putchar('\n');
        for (const char *const *value = t->values; *value; value++) {
            printf("%s\\fB", value == t->values ? "" : ", ");
            roff(*value);
            printf("\\fR");
        }
        printf(":\n");
        roff(t->meaning);
        printf(".\n");
    }
}

static void
man_query(const struct query_help *rows)
{
    for (; rows->name; rows++) {
        printf(".TP\n.B ");
        roff(rows->form);
        putchar('\n');
        roff(rows->meaning);
        putchar('\n');
    }
}

static bool
man_line(const char *line)
{
    if (strcmp(line, "@COMMANDS@\n") == 0)
        man_commands();
    else if (strcmp(line, "@COMMON@\n") == 0)
        man_options(common_options);
    else if (strcmp(line, "@KEYS@\n") == 0)
        man_keys();
    else if (strcmp(line, "@COLON@\n") == 0)
        man_colon();
    else if (strcmp(line, "@DESK@\n") == 0)
        man_preferences();
    else if (strcmp(line, "@FIELDS@\n") == 0)
        man_query(query_fields);
    else if (strcmp(line, "@ORDERS@\n") == 0)
        man_query(query_orders);
    else if (line[0] == '@')
        return false;
    else
        (void)fputs(line, stdout);
    return true;
}

static int
man(const char *path)
{
    FILE *in = fopen(path, "re");
    char line[4096];
    int status = 0;

    if (!in) {
        perror(path);
        return 66;
    }
    while (!status && fgets(line, sizeof(line), in))
        if (!man_line(line)) {
            (void)fprintf(stderr, "%s: unknown table %s", path, line);
            status = 65;
        }
    (void)fclose(in);
    return status;
}

static void
option_words(const struct option_def *options)
{
    for (const struct option_def *o = options; o && o->name; o++)
        printf(" --%s", o->name);
}

static void
bash(void)
{
    printf("# bash completion for stet; generated\n_stet()\n{\n"
           "    local words\n    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"");
    for (const struct command *const *c = commands; *c; c++)
        printf("%s%s", c == commands ? "" : " ", (*c)->name);
    printf("\"\n    else\n        case ${COMP_WORDS[1]} in\n");
    for (const struct command *const *c = commands; *c; c++) {
        printf("        %s) words=\"", (*c)->name);
        option_words((*c)->options);
        option_words(common_options);
        printf("\" ;;\n");
    }
    printf("        esac\n"
           "        case ${COMP_WORDS[COMP_CWORD]} in\n"
           "        -*) ;;\n"
           "        *) words= ;;\n"
           "        esac\n"
           "    fi\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
           "\"${COMP_WORDS[COMP_CWORD]}\")\n"
           "}\ncomplete -o default -F _stet stet\n");
}

/* Single-quoted for zsh, with what _arguments reads specially escaped. */
static void
zsh_quoted(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            printf("'\\''");
        else if (strchr("[]:\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void
zsh_options(const struct option_def *options)
{
    for (const struct option_def *o = options; o && o->name; o++) {
        printf("            '--%s%s[", o->name, o->arg ? "=" : "");
        zsh_quoted(o->help);
        printf("]");
        if (o->arg) {
            putchar(':');
            zsh_quoted(o->arg);
            printf(":_files");
        }
        printf("' \\\n");
    }
}

static void
zsh(void)
{
    printf("#compdef stet\n# generated\nlocal -a commands\ncommands=(\n");
    for (const struct command *const *c = commands; *c; c++) {
        printf("    '%s:", (*c)->name);
        zsh_quoted((*c)->summary);
        printf("'\n");
    }
    printf(")\nif (( CURRENT == 2 )); then\n"
           "    _describe command commands\nelse\n    case $words[2] in\n");
    for (const struct command *const *c = commands; *c; c++) {
        printf("    %s)\n        _arguments \\\n", (*c)->name);
        zsh_options((*c)->options);
        zsh_options(common_options);
        printf("            '*:file:_files' ;;\n");
    }
    printf("    esac\nfi\n");
}

int
main(int argc, char **argv)
{
    int status = 0;

    if (argc == 3 && strcmp(argv[1], "man") == 0)
        status = man(argv[2]);
    else if (argc == 2 && strcmp(argv[1], "bash") == 0)
        bash();
    else if (argc == 2 && strcmp(argv[1], "zsh") == 0)
        zsh();
    else
        status = 64;
    if (fflush(stdout))
        status = 74;
    return status;
}
