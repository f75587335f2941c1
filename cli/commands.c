/* The list of subcommands, in the order of help and manual. */
#include "config.h"

#include <string.h>

#include "cli/command.h"
#include "cli/command_list.h"

const struct command *const commands[] = {
    &command_index,    &command_desk,       &command_search,
    &command_show,     &command_similar,    &command_trace,
    &command_failures, &command_verdict,    &command_rate,
    &command_tag,      &command_rewrite,    &command_redact,
    &command_insert,   &command_drop,       &command_keep,
    &command_add,      &command_note,       &command_skip,
    &command_escalate, &command_adjudicate, &command_send_back,
    &command_undo,     &command_redo,       &command_queue,
    &command_import,   &command_log,        &command_merge,
    &command_backup,   &command_restore,    &command_export,
    &command_verify,   &command_apply,      &command_stats,
    &command_report,   &command_diff,       &command_config,
    &command_check,    &command_seekable,   NULL,
};

const struct command *
command_named(const char *name)
{
    for (const struct command *const *c = commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

/* Levenshtein distance of short names (Wagner and Fischer 1974). */
static size_t
edit_distance(const char *a, const char *b)
{
    size_t row[32];
    size_t b_len = strlen(b);

    if (strlen(a) >= 31 || b_len >= 31)
        return 31;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < b_len; j++) {
            size_t best = diagonal + (a[i] != b[j]);

            diagonal = row[j + 1];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (diagonal + 1 < best)
                best = diagonal + 1;
            row[j + 1] = best;
        }
    }
    return row[b_len];
}

const char *
command_nearest(const char *name)
{
    const char *best = NULL;
    size_t distance = 3;

    for (const struct command *const *c = commands; *c; c++) {
        size_t d = edit_distance(name, (*c)->name);

        if (d < distance) {
            distance = d;
            best = (*c)->name;
        }
    }
    return best;
}
