import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

endpoint = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:4000/graphql"
file = sys.argv[2] if len(sys.argv) > 2 else "photo.jpg"
headers = {"x-graphql-yoga-csrf": "1", "x-api-key": os.environ.get("VITCX_API_KEY", "")}


def post(body, **more):
    request = urllib.request.Request(endpoint, body, headers | more)
    return urllib.request.urlopen(request, timeout=60)


def ask(query, **variables):
    body = json.dumps({"query": query, "variables": variables}).encode()
    answer = json.load(post(body, **{"content-type": "application/json"}))
    if "errors" in answer:
        raise RuntimeError(answer["errors"][0]["message"])
    return answer["data"]


def explain(path):
    """Sends an image as a multipart request; the explanation's id."""
    boundary = uuid.uuid4().hex
    query = "mutation ($image: Upload!) { explainImage(input: { image: $image }) { id } }"
    fields = {
        "operations": json.dumps({"query": query, "variables": {"image": None}}).encode(),
        "map": b'{"image": ["variables.image"]}',
        "image": open(path, "rb").read(),
    }
    body = b"".join(
        b'--%s\r\ncontent-disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (boundary.encode(), name.encode(), value)
        for name, value in fields.items()
    )
    body += b"--%s--\r\n" % boundary.encode()
    answer = json.load(post(body, **{"content-type": f"multipart/form-data; boundary={boundary}"}))
    if "errors" in answer:
        raise RuntimeError(answer["errors"][0]["message"])
    return answer["data"]["explainImage"]["id"]


def follow(id):
    """The explanation's events, each once and in order, also across a connection that is cut."""
    query = "subscription ($id: ID!, $after: Int!) { explanationProgress(id: $id, after: $after) { __typename sequence } }"
    seen = 0
    while True:
        body = json.dumps({"query": query, "variables": {"id": id, "after": seen}}).encode()
        try:
            with post(body, **{"content-type": "application/json", "accept": "text/event-stream"}) as stream:
                event = data = ""
                for line in stream:
                    name, _, value = line.decode().rstrip("\n").partition(": ")
                    if name == "event":
                        event = value
                    elif name == "data":
                        data = value
                    elif name == "" and event == "next":
                        answer = json.loads(data)
                        if "errors" in answer:
                            raise RuntimeError(answer["errors"][0]["message"])
                        seen = answer["data"]["explanationProgress"]["sequence"]
                        yield answer["data"]["explanationProgress"]
                        event = ""
                    elif name == "" and event == "complete":
                        return
        except urllib.error.HTTPError:
            raise
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(1)


id = explain(file)
for step in follow(id):
    print(step["sequence"], step["__typename"], flush=True)
result = ask(
    "query ($id: ID!) { explanation(id: $id) { status target { label } saliencyMap { overlay } } }", id=id
)["explanation"]
print(result["status"], result["target"]["label"], result["saliencyMap"]["overlay"])
