# Posts a file with a library of Python and prints the status that it was told:
# argument 1 is the library, 2 the address, 3 the key, 4 the file.
import sys
from urllib.parse import urlsplit

library, url, key, path = sys.argv[1:5]
headers = {"x-api-key": key, "content-type": "application/octet-stream"}
body = open(path, "rb").read()
if library == "http.client":
    import http.client

    at = urlsplit(url)
    c = http.client.HTTPConnection(at.netloc)
    c.request("POST", at.path, body, headers)
    print(c.getresponse().status)
elif library == "urllib":
    import urllib.error, urllib.request

    try:
        print(urllib.request.urlopen(urllib.request.Request(url, body, headers)).status)
    except urllib.error.HTTPError as e:
        print(e.code)
else:
    import requests

    print(requests.post(url, data=body, headers=headers).status_code)
