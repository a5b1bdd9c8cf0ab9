"""Reads the server of an OpenAPI document, which is the backend.

https://spec.openapis.org/oas/v3.1.1.html#server-object
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from infra.openapi.file import Refused, resolve

SET_URL = "Run `pulumi config set backendUrl URL`."
# An API's own address: as its backend, the API would call itself. Another API's address needs an explicit backendUrl.
_EXECUTE_API = re.compile(r"\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")


def server(document: Mapping[str, Any]) -> str:
    """The server's URL with the defaults of its variables, and without a final slash. Raises `Refused`."""
    servers = document.get("servers", [])
    if not isinstance(servers, list):
        raise Refused("not-a-list", "is not a list", SET_URL)
    urls = sorted({_url(document, each) for each in cast("list[object]", servers)})
    if len(urls) != 1:
        raise Refused(
            "not-one-server", f"has {', '.join(urls) or 'no entry'}, but the API needs exactly one backend", SET_URL
        )
    if "://" not in urls[0]:
        raise Refused("relative-server", f"has {urls[0]!r}, which is relative to an unknown URL", SET_URL)
    if _EXECUTE_API.search(urls[0]):
        raise Refused(
            "api-as-backend", f"has {urls[0]!r}, the address of an API Gateway API, which may be this one", SET_URL
        )
    return urls[0]


def _url(document: Mapping[str, Any], entry: object) -> str:
    found = resolve(document, entry)
    url = found.get("url")
    if not isinstance(url, str):
        raise Refused("no-url", "has an entry without a url", SET_URL)
    for name in re.findall(r"\{([^{}]*)\}", url):
        variable = resolve(document, resolve(document, found.get("variables", {})).get(name))
        if not isinstance(variable.get("default"), str):
            raise Refused("no-default", f"has a variable {name!r} without a default", SET_URL)
        url = url.replace(f"{{{name}}}", variable["default"])
    return re.sub("(?<!:)//+", "/", url).rstrip("/")  # API Gateway exports a basePath that begins with a slash
