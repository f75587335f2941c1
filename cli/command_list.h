/* Every subcommand's definition. Private to cli/. */
#ifndef STET_CLI_COMMANDS_H
#define STET_CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command command_add, command_apply, command_backup,
    command_check, command_config, command_desk, command_diff, command_drop,
    command_escalate, command_export, command_failures, command_import,
    command_index, command_insert, command_keep, command_log, command_merge,
    command_note, command_queue, command_rate, command_redact, command_redo,
    command_restore, command_rewrite, command_report, command_search,
    command_seekable, command_send_back, command_adjudicate, command_show,
    command_skip, command_similar, command_stats, command_tag, command_trace,
    command_undo, command_verdict, command_verify;

#endif
