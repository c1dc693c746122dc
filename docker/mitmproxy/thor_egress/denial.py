"""What somebody who is turned away reads: what was blocked, why, and what to do instead."""
import re

_STATUS = {"variable_unset": 502, "upstream_tls": 502, "upstream_unreachable": 502, "body_too_large": 413, "config_error": 503}
_HINTS = (
    (r"(?:^|\.)(?:github|githubusercontent)\.com$", "Use git or gh."),
    (r"(?:^|\.)(?:npmjs\.org|yarnpkg\.com|pypi\.org|pythonhosted\.org|crates\.io|rubygems\.org)$", "Use sandbox."),
    (r"(?:^|\.)slack\.com$", "To write to Slack use slack-post-message."),
    (r"(?:^|\.)(?:atlassian\.(?:com|net)|jira\.com)$", "To write to Atlassian use mcp atlassian."),
)
_OTHERWISE = "Ask an admin to add the host (Admin, Egress)."
MAX_PATH = 200


def status_of(code: str) -> int:
    """The HTTP status that belongs to a denial code."""
    return _STATUS.get(code, 403)


def hint_for(host: str, code: str, detail: str = "") -> str:
    """What to do instead."""
    if code == "variable_unset":
        return f"An operator has to set {detail}."
    if code == "config_error":
        return "An operator has to look at the proxy."
    return next((hint for pattern, hint in _HINTS if re.search(pattern, host)), _OTHERWISE)


def denial_text(method: str, host: str, path: str, code: str, detail: str, ref: str) -> str:
    """One line without the query: what a client wrote there may be a secret."""
    shown = re.sub(r"[^\x20-\x7e]", "?", path)[:MAX_PATH]
    return f"Thor blocked {method} {host}{shown} ({code}). {hint_for(host, code, detail)} Ref {ref}\n"
