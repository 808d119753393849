# Uploads a file and has it formatted, as the hosted service's clients do with
# requests: argument 1 is the server, 2 the key, 3 the file.
import sys, time
import requests

base, key, path = sys.argv[1:4]
headers = {"x-api-key": key}
r = requests.post(base + "/upload-api", headers=headers, json={"filename": "project_data.json"})
r.raise_for_status()
form = r.json()["upload"]
with open(path, "rb") as f:
    sent = requests.post(form["url"], data=form["fields"], files={"file": f})
print(sent.status_code)
r = requests.post(base + "/json-minify-api", headers={**headers, "x-source-type": "file"}, json={"file": form["fields"]["key"]})
print(r.status_code)
status_url = r.json()["status_url"]
while True:
    job = requests.get(status_url, headers=headers).json()
    if job["status"] in ("success", "failed"):
        break
    time.sleep(job["retry_after"])
out = requests.get(job["result"]["file"])
out.raise_for_status()
print(out.text[:40], len(out.content))
