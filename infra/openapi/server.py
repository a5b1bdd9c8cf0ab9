"""The backend that an OpenAPI document names: its server.

https://spec.openapis.org/oas/v3.1.1.html#server-object
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from infra.openapi.file import Refused, resolve

# An API's own address, which as its backend it would call for ever; or another API's, which somebody should mean.
_EXECUTE_API = re.compile(r"\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")


def server(document: Mapping[str, Any]) -> str:
    """Its address, variables filled with their defaults, without a slash at the end. Raises `Refused`."""
    servers = document.get("servers", [])
    if not isinstance(servers, list):
        raise Refused("they are no list")
    urls = sorted({_url(document, each) for each in cast("list[object]", servers)})
    if len(urls) != 1:
        raise Refused(f"it names {', '.join(urls) or 'none'}, and the API has one backend")
    if "://" not in urls[0]:
        raise Refused(f"{urls[0]!r} is relative to an address that the program does not know")
    if _EXECUTE_API.search(urls[0]):
        raise Refused(f"{urls[0]!r} is the address of an API, not of what is behind it")
    return urls[0]


def _url(document: Mapping[str, Any], entry: object) -> str:
    found = resolve(document, entry)
    url = found.get("url")
    if not isinstance(url, str):
        raise Refused("one of them has no url")
    for name in re.findall(r"\{([^{}]*)\}", url):
        variable = resolve(document, resolve(document, found.get("variables", {})).get(name))
        if not isinstance(variable.get("default"), str):
            raise Refused(f"the variable {name!r} has no default")
        url = url.replace(f"{{{name}}}", variable["default"])
    return url.rstrip("/")
