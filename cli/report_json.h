/* `stet report --json`. Private to cli/. */
#ifndef STET_CLI_REPORT_JSON_H
#define STET_CLI_REPORT_JSON_H

#include "stet/report_card.h"

void print_json_card(const struct report_card *card);
void print_json_phrases(const struct phrase_list *list);
void print_json_edits(const struct report_edits *edits);
void print_json_failures(const struct failure_tally *tally);

#endif
