/* A style has attributes and a role; a theme gives roles their colours. The
 * default theme and the light one use the terminal's background. */
#include "config.h"

#include "tui/theme.h"

enum { RED = 1, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

enum role {
    ROLE_TEXT,
    ROLE_TITLE,
    ROLE_KEY,
    ROLE_GOOD,
    ROLE_BAD,
    ROLE_WARN,
    ROLE_ERROR,
    ROLE_MARK,
    ROLE_LOW,
    ROLE_MIDDLE,
    ROLE_HIGH,
    ROLE_HIT,
    ROLE_FOUND,
    ROLE_REMOVED,
    ROLE_ADDED,
    ROLE_COUNT
};

static const struct {
    unsigned attributes;
    enum role role;
} styles[STYLE_COUNT] = {
    [STYLE_NORMAL] = {0, ROLE_TEXT},
    [STYLE_DIM] = {LOOK_DIM, ROLE_TEXT},
    [STYLE_BOLD] = {LOOK_BOLD, ROLE_TEXT},
    [STYLE_BAR] = {LOOK_REVERSE, ROLE_TEXT},
    [STYLE_TITLE] = {LOOK_BOLD, ROLE_TITLE},
    [STYLE_RULE] = {LOOK_DIM, ROLE_TEXT},
    [STYLE_KEY] = {LOOK_BOLD, ROLE_KEY},
    [STYLE_GOOD] = {LOOK_BOLD, ROLE_GOOD},
    [STYLE_BAD] = {LOOK_BOLD, ROLE_BAD},
    [STYLE_WARN] = {LOOK_BOLD, ROLE_WARN},
    [STYLE_ERROR] = {LOOK_BOLD | LOOK_REVERSE, ROLE_ERROR},
    [STYLE_MARK] = {LOOK_REVERSE, ROLE_MARK},
    [STYLE_COVER] = {LOOK_REVERSE | LOOK_DIM, ROLE_TEXT},
    [STYLE_DIFF] = {LOOK_BOLD | LOOK_REVERSE, ROLE_TITLE},
    [STYLE_PROMPT] = {LOOK_BOLD, ROLE_KEY},
    [STYLE_DATA] = {0, ROLE_TEXT},
    [STYLE_DATA_DIM] = {LOOK_DIM, ROLE_TEXT},
    [STYLE_DATA_BAR] = {LOOK_REVERSE, ROLE_TEXT},
    [STYLE_DATA_TITLE] = {LOOK_BOLD, ROLE_TEXT},
    [STYLE_DATA_LOW] = {0, ROLE_LOW},
    [STYLE_DATA_MIDDLE] = {LOOK_UNDERLINE, ROLE_MIDDLE},
    [STYLE_DATA_HIGH] = {LOOK_UNDERLINE | LOOK_BOLD, ROLE_HIGH},
    [STYLE_DATA_TAGGED] = {LOOK_UNDERLINE, ROLE_KEY},
    [STYLE_DATA_NESTED] = {LOOK_UNDERLINE | LOOK_BOLD, ROLE_KEY},
    [STYLE_DATA_HIT] = {LOOK_BOLD, ROLE_HIT},
    [STYLE_DATA_FOUND] = {LOOK_BOLD | LOOK_UNDERLINE, ROLE_FOUND},
    [STYLE_DATA_CHOSEN] = {LOOK_BOLD | LOOK_REVERSE, ROLE_TEXT},
    [STYLE_DATA_REMOVED] = {LOOK_UNDERLINE, ROLE_REMOVED},
    [STYLE_DATA_ADDED] = {LOOK_BOLD, ROLE_ADDED},
};

struct palette {
    short basic, rich;
};

#define OWN    \
    {          \
        -1, -1 \
    }

/* Those of 256 that are below 8 are the terminal's own, as it has set them. */
static const struct palette palettes[THEME_COUNT][ROLE_COUNT] = {
    [THEME_DEFAULT] = {[ROLE_TEXT] = OWN,
                       [ROLE_TITLE] = {CYAN, CYAN},
                       [ROLE_KEY] = {CYAN, CYAN},
                       [ROLE_GOOD] = {GREEN, GREEN},
                       [ROLE_BAD] = {RED, RED},
                       [ROLE_WARN] = {YELLOW, YELLOW},
                       [ROLE_ERROR] = {RED, RED},
                       [ROLE_MARK] = {MAGENTA, MAGENTA},
                       [ROLE_LOW] = {CYAN, CYAN},
                       [ROLE_MIDDLE] = {YELLOW, YELLOW},
                       [ROLE_HIGH] = {RED, RED},
                       [ROLE_HIT] = {YELLOW, YELLOW},
                       [ROLE_FOUND] = {GREEN, GREEN},
                       [ROLE_REMOVED] = {RED, RED},
                       [ROLE_ADDED] = {GREEN, GREEN}},
    /* dark enough for white paper */
    [THEME_LIGHT] = {[ROLE_TEXT] = OWN,
                     [ROLE_TITLE] = {BLUE, 25},
                     [ROLE_KEY] = {BLUE, 25},
                     [ROLE_GOOD] = {GREEN, 22},
                     [ROLE_BAD] = {RED, 124},
                     [ROLE_WARN] = {RED, 130},
                     [ROLE_ERROR] = {RED, 124},
                     [ROLE_MARK] = {MAGENTA, 90},
                     [ROLE_LOW] = {BLUE, 24},
                     [ROLE_MIDDLE] = {MAGENTA, 94},
                     [ROLE_HIGH] = {RED, 124},
                     [ROLE_HIT] = {MAGENTA, 90},
                     [ROLE_FOUND] = {GREEN, 22},
                     [ROLE_REMOVED] = {RED, 124},
                     [ROLE_ADDED] = {GREEN, 22}},
    [THEME_HIGH_CONTRAST] = {[ROLE_TEXT] = {WHITE, 15},
                             [ROLE_TITLE] = {CYAN, 51},
                             [ROLE_KEY] = {CYAN, 51},
                             [ROLE_GOOD] = {GREEN, 46},
                             [ROLE_BAD] = {YELLOW, 226},
                             [ROLE_WARN] = {YELLOW, 226},
                             [ROLE_ERROR] = {YELLOW, 226},
                             [ROLE_MARK] = {WHITE, 15},
                             [ROLE_LOW] = {CYAN, 51},
                             [ROLE_MIDDLE] = {YELLOW, 226},
                             [ROLE_HIGH] = {YELLOW, 226},
                             [ROLE_HIT] = {YELLOW, 226},
                             [ROLE_FOUND] = {GREEN, 46},
                             [ROLE_REMOVED] = {YELLOW, 226},
                             [ROLE_ADDED] = {GREEN, 46}},
    /* orange against blue, as near as 256 colours come to Okabe and Ito's */
    [THEME_COLOR_BLIND] =
        {[ROLE_TEXT] = OWN,
         [ROLE_TITLE] = {CYAN, 39},
         [ROLE_KEY] = {CYAN, 39},
         [ROLE_GOOD] = {CYAN, 39},
         [ROLE_BAD] = {YELLOW, 214},
         [ROLE_WARN] = {YELLOW, 214},
         [ROLE_ERROR] = {YELLOW, 214},
         [ROLE_MARK] = {MAGENTA, 175},
         [ROLE_LOW] = {CYAN, 39},
         [ROLE_MIDDLE] = {YELLOW, 220},
         [ROLE_HIGH] = {YELLOW, 208},
         [ROLE_HIT] = {MAGENTA, 175},
         [ROLE_FOUND] = {CYAN, 39},
         [ROLE_REMOVED] = {YELLOW, 214},
         [ROLE_ADDED] = {CYAN, 39}},
};

struct look
theme_look(enum theme theme, enum style style)
{
    const struct palette *palette = &palettes[theme][styles[style].role];
    struct look look = {styles[style].attributes, palette->basic,
                        palette->rich};

    if (theme == THEME_MONO) {
        look.basic = look.rich = -1;
        if (styles[style].role == ROLE_LOW)
            look.attributes |= LOOK_DIM;
    }
    if (theme == THEME_HIGH_CONTRAST) {
        look.attributes &= ~(unsigned)LOOK_DIM;
        if (styles[style].role == ROLE_HIT)
            look.attributes |= LOOK_UNDERLINE;
    }
    return look;
}

bool
theme_is_opaque(enum theme theme)
{
    return theme == THEME_HIGH_CONTRAST;
}
