# Reads, on stdin, {"values": [{"name", "yaml", "json"}], "same": [{"name", "a", "b"}]}: YAML that
# must be read as the value of the JSON, and pairs that must be read alike if the first is read. Prints
# {"read": number of pairs that are read, "complaints": [[name, what is wrong], ...]}.
import json
import re
import sys

import yaml

sys.setrecursionlimit(100000)


class Number(str):
    pass


class Loader(yaml.SafeLoader):
    pass


def unknown(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return ("tag", node.tag, loader.construct_scalar(node))
    if isinstance(node, yaml.SequenceNode):
        return ("tag", node.tag, loader.construct_sequence(node, deep=True))
    return ("tag", node.tag, loader.construct_mapping(node, deep=True))


Loader.add_multi_constructor("", unknown)
Loader.add_multi_constructor("!", unknown)

# YAML 1.1 has no number with an exponent without a point, and none whose exponent has no sign.
NO_NUMBER = re.compile(r"^[-+]?([0-9]+|[0-9]+[.][0-9]*[eE][0-9]+|[0-9]+[eE][-+]?[0-9]+)$")


def equal(want, got):
    if isinstance(want, Number):
        if isinstance(got, str):
            return got == want and NO_NUMBER.match(want)
        if isinstance(got, bool):
            return False
        if isinstance(got, int):
            return got == int(want)
        return isinstance(got, float) and got == float(want)
    if isinstance(want, list):
        return isinstance(got, list) and len(want) == len(got) and all(map(equal, want, got))
    if isinstance(want, dict):
        return isinstance(got, dict) and list(want) == list(got) and all(equal(want[k], got[k]) for k in want)
    return type(want) is type(got) and want == got


def main():
    work = json.load(sys.stdin)
    complaints = []
    for c in work["values"] or []:
        try:
            got = yaml.safe_load(c["yaml"])
        except Exception as e:
            complaints.append([c["name"], "%s\n%s" % (e, c["yaml"])])
            continue
        want = json.loads(c["json"], parse_float=Number, parse_int=Number)
        if not equal(want, got):
            complaints.append([c["name"], "read as %r\n%s" % (got, c["yaml"])])
    read = 0
    for c in work["same"] or []:
        try:
            a = repr(list(yaml.load_all(c["a"], Loader)))
        except Exception:
            continue
        read += 1
        try:
            b = repr(list(yaml.load_all(c["b"], Loader)))
        except Exception as e:
            b = str(e)
        if a != b:
            complaints.append([c["name"], "was\n%s\n%s\nis\n%s\n%s" % (a, c["a"], b, c["b"])])
    json.dump({"read": read, "complaints": complaints}, sys.stdout)


main()
