"""Enough of JSON Schema 2020-12 to check lines against docs/*-schema.json. A
keyword that is not known here is an error, so that none is passed over."""
import json
import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool,
         "null": type(None), "number": (int, float), "integer": int}
IGNORED = {"$schema", "title", "description", "$defs", "format", "then", "else"}


class Schema:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.root = json.load(file)

    def errors(self, value):
        return list(self.check(value, self.root, "line"))

    def holds(self, value, schema):
        return not any(True for _ in self.check(value, schema, ""))

    def check(self, value, schema, at):
        if isinstance(schema, bool):
            if not schema:
                yield at + ": not allowed"
            return
        for word, rule in schema.items():
            if word not in IGNORED:
                yield from getattr(self, "rule_" + word.replace("$", ""))(value, rule, schema, at)

    def rule_ref(self, value, rule, _, at):
        yield from self.check(value, self.root["$defs"][rule.rsplit("/", 1)[1]], at)

    def rule_type(self, value, rule, _, at):
        names = [rule] if isinstance(rule, str) else rule
        if not any(isinstance(value, TYPES[name]) and
                   (name == "boolean" or not isinstance(value, bool)) for name in names):
            yield "%s: not %s" % (at, " or ".join(names))

    def rule_const(self, value, rule, _, at):
        if value != rule:
            yield "%s: not %r" % (at, rule)

    def rule_enum(self, value, rule, _, at):
        if value not in rule:
            yield "%s: not one of %r" % (at, rule)

    def rule_pattern(self, value, rule, _, at):
        if isinstance(value, str) and not re.search(rule, value):
            yield "%s: not like %s" % (at, rule)

    def rule_minimum(self, value, rule, _, at):
        if isinstance(value, (int, float)) and value < rule:
            yield "%s: under %r" % (at, rule)

    def rule_minItems(self, value, rule, _, at):
        if isinstance(value, list) and len(value) < rule:
            yield "%s: too few" % at

    def rule_maxItems(self, value, rule, _, at):
        if isinstance(value, list) and len(value) > rule:
            yield "%s: too many" % at

    def rule_required(self, value, rule, _, at):
        if isinstance(value, dict):
            yield from ("%s: no %s" % (at, name) for name in rule if name not in value)

    def rule_dependentRequired(self, value, rule, _, at):
        for name, others in rule.items():
            if isinstance(value, dict) and name in value:
                yield from ("%s: %s without %s" % (at, name, other)
                            for other in others if other not in value)

    def rule_properties(self, value, rule, _, at):
        for name, schema in rule.items():
            if isinstance(value, dict) and name in value:
                yield from self.check(value[name], schema, at + "." + name)

    def rule_additionalProperties(self, value, rule, schema, at):
        for name in value if isinstance(value, dict) else ():
            if name not in schema.get("properties", {}):
                yield from self.check(value[name], rule, at + "." + name)

    def rule_prefixItems(self, value, rule, _, at):
        for number, (item, schema) in enumerate(zip(value if isinstance(value, list) else (), rule)):
            yield from self.check(item, schema, "%s[%d]" % (at, number))

    def rule_items(self, value, rule, schema, at):
        first = len(schema.get("prefixItems", ()))
        for number, item in enumerate(value if isinstance(value, list) else ()):
            if number >= first:
                yield from self.check(item, rule, "%s[%d]" % (at, number))

    def rule_allOf(self, value, rule, _, at):
        for schema in rule:
            yield from self.check(value, schema, at)

    def rule_oneOf(self, value, rule, _, at):
        good = sum(self.holds(value, schema) for schema in rule)
        if good != 1:
            yield "%s: %d of %d forms fit" % (at, good, len(rule))

    def rule_not(self, value, rule, _, at):
        if self.holds(value, rule):
            yield "%s: not allowed" % at

    def rule_if(self, value, rule, schema, at):
        branch = "then" if self.holds(value, rule) else "else"
        if branch in schema:
            yield from self.check(value, schema[branch], at)
