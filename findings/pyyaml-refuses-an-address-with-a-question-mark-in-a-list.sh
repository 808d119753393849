#!/bin/sh
# In a list or mapping in brackets PyYAML ends a text at its first question mark, and then refuses it: [https://example.com/?page=1] is an error, as is {why?: because}. In a block it reads the same texts, and
# js-yaml and go.yaml.in/yaml read both, as YAML 1.1 and 1.2 have it: ? is an indicator only at the beginning of a text. One would expect the list.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
cd "$dir"
apt-get download -qq python3-yaml=6.0-3+b2 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" root; done
npm init -y >/dev/null
npm install --no-audit --no-fund --silent js-yaml@5.5.0
other=$(node -e 'console.log(JSON.stringify(require("js-yaml").load("[https://example.com/?page=1]")))')
PYTHONPATH=root/usr/lib/python3/dist-packages /usr/bin/python3 - "$other" <<'PY'
import json
import sys
import yaml


def read(text):
    try:
        return json.dumps(yaml.safe_load(text))
    except yaml.YAMLError as e:
        return e.problem


flow = read("[https://example.com/?page=1]")
block = read("- https://example.com/?page=1")
print(f"PyYAML {yaml.__version__}: [https://example.com/?page=1] is an error ({flow}), the same in a block is {block}; js-yaml 5.5.0 reads {sys.argv[1]} in brackets")
sys.exit(0 if flow == "expected ',' or ']', but got '?'" and block == sys.argv[1] else 1)
PY
