/* What a program may write to a terminal: safe characters and the escape
 * sequences of an allow-list. Everything else is a finding. Also keeps which
 * modes are on, so that a test can ask whether the terminal was restored. */
#ifndef STET_TESTS_PTY_CHECK_H
#define STET_TESTS_PTY_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PTY_FINDINGS_KEPT 20
#define PTY_FINDING_MAX 120
#define PTY_SEQUENCE_MAX 64

enum pty_check_state {
    PTY_TEXT,
    PTY_ESCAPE,
    PTY_CHARSET,
    PTY_CSI,
    PTY_OSC,
    PTY_STRING /* a forbidden string sequence, up to its end */
};

struct pty_check {
    enum pty_check_state state;
    uint64_t offset;  /* bytes seen */
    uint64_t started; /* of the sequence under way */
    char sequence[PTY_SEQUENCE_MAX];
    size_t sequence_len;
    unsigned char utf8[4];
    unsigned utf8_len, utf8_wanted;
    uint64_t findings;
    char kept[PTY_FINDINGS_KEPT][PTY_FINDING_MAX];
    /* Modes. */
    bool alternate, cursor_hidden, paste, mouse, synchronized, keypad, insert;
    bool line_drawing;
    uint32_t attributes; /* bit N: SGR N; 30 and 31: the two colours */
};

void pty_check_init(struct pty_check *check);
void pty_check_feed(struct pty_check *check, const void *bytes, size_t len);
/* The output is over: a sequence or character that is not is a finding. */
void pty_check_end(struct pty_check *check);
/* The modes that are still on, as words; "" when the terminal is as it was. */
void pty_check_modes(const struct pty_check *check, char *out, size_t size);

#endif
