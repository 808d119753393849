# Reads lines of JSON, [code, bytes as Base16], and answers each with a line: what Python writes for
# these bytes, and what it reads where the bytes are taken for letters (Base16, or "refused").
import base64, json, sys

CODES = {
    "base16": (base64.b16encode, lambda b: base64.b16decode(b, casefold=True)),
    "base32": (base64.b32encode, lambda b: base64.b32decode(b, casefold=True)),
    "base64": (base64.b64encode, lambda b: base64.b64decode(b, validate=True)),
    "base85": (base64.b85encode, base64.b85decode),
}

for line in sys.stdin:
    code, given = json.loads(line)
    given = bytes.fromhex(given)
    encode, decode = CODES[code]
    try:
        read = decode(given).hex()
    except ValueError:
        read = "refused"
    print(json.dumps([encode(given).decode("ascii"), read]))
