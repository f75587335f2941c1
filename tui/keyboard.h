/* Other keyboard layouts: which key of a Latin one stands in the same place.
 * For commands only; what is typed into a prompt stays as it is. */
#ifndef STET_TUI_KEYBOARD_H
#define STET_TUI_KEYBOARD_H

#include <stdbool.h>
#include <stdint.h>

enum keyboard {
    KEYBOARD_AUTO, /* AZERTY once one of its digits' letters came */
    KEYBOARD_LATIN,
    KEYBOARD_AZERTY
};

/* The ASCII character on that key of a US keyboard: for letters of Cyrillic,
 * Greek, Hebrew and Arabic layouts, full-width forms, Arabic and Persian
 * digits. 0: none. */
uint32_t keyboard_latin(uint32_t character);

/* The digit above that character on an AZERTY keyboard's top row; 0: none. The
 * ones that other keyboards have too (& " ' ( - _) count only when the
 * keyboard is known to be one. */
uint32_t keyboard_digit(enum keyboard keyboard, uint32_t character);
/* Whether only an AZERTY keyboard gives it without a dead key. */
bool keyboard_is_azerty(uint32_t character);

#endif
