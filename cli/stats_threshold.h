/* A score's threshold against reviewers, printed. Private to cli/. */
#ifndef STET_CLI_STATS_THRESHOLD_H
#define STET_CLI_STATS_THRESHOLD_H

#include "cli/session.h"
#include "stet/calibration.h"

/* What people judged among the hits of a query. */
struct judged_hits {
    struct bits docs;
    struct judgements judgements;
};
enum err_code judged_hits_load(struct session *session, struct str query,
                               const struct hits *hits, struct judged_hits *out,
                               struct error *err);
void judged_hits_release(struct judged_hits *judged);

/* `threshold` NaN: the score's own; nothing is printed when it has none. */
enum err_code print_threshold(struct session *session, unsigned score,
                              double threshold,
                              const struct judged_hits *judged,
                              struct error *err);
/* A member {"part","whole","low","high"}; low and high only where they mean
 * something. */
void json_share(struct json_out *w, const char *name, struct share share,
                bool with_interval);
void print_json_threshold(struct str score, const struct calibration *c);
/* Lines of text, each behind `indent`. */
void print_lines(struct str text, const char *indent);

#endif
