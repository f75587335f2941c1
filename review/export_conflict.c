/* The conflicts file of an export: what is left out, and why. */
#include "config.h"

#include "export_private.h"

#include "stet/json.h"

void
export_conflict(struct exporter *x, const struct item_key *key,
                const struct annotation *a, struct str why)
{
    struct json_out w = {&x->conflicts, false};
    char hex[HASH_HEX_SIZE];
    char uuid[UUID_TEXT_SIZE];

    json_open(&w, '{');
    json_key(&w, "why");
    json_str(&w, why);
    if (key && key->source.ptr) {
        json_key(&w, "source");
        json_str(&w, key->source);
    }
    if (key && key->id_token.ptr) {
        json_key(&w, "id");
        json_raw(&w, key->id_token);
    }
    if (key) {
        hash_format(&key->text, hex);
        json_key(&w, "sha256");
        json_str(&w, str_of(hex));
    }
    if (a) {
        uuid_format(&a->uuid, uuid);
        json_key(&w, "uuid");
        json_str(&w, str_of(uuid));
    }
    json_close(&w, '}');
    xbuf_append(&x->conflicts, "\n", 1);
    x->report->conflicts++;
}
