"""The proxy's decisions without a proxy: `python3 -m unittest discover docker/mitmproxy/tests` needs nothing but Python."""
import asyncio
import json
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from thor_egress import built_in, thor_json  # noqa: E402
from thor_egress.addresses import checked_addresses  # noqa: E402
from thor_egress.denial import denial_text, status_of  # noqa: E402
from thor_egress.requests import connection_listed, header_fault, path_fault  # noqa: E402
from thor_egress.rule_book import RuleBook  # noqa: E402
from thor_egress.rules import Allowed, Denied, Request, decide  # noqa: E402
from thor_egress.settings import Variables, read_settings  # noqa: E402
from thor_egress.spool import Spool  # noqa: E402
from thor_egress.targets import is_public, looks_like_address, normal_host, split_authority  # noqa: E402

SAMPLES = json.loads((HERE / "../../../packages/workspace-config/egress-samples.json").resolve().read_text())
HEADERS = {"Authorization": "Bearer ${STATUS_TOKEN}"}


def book(config=None, env=None):
    """A rule book over a thor.json of its own; answers it and the file."""
    directory = Path(tempfile.mkdtemp())
    file = directory / "thor.json"
    file.write_text(json.dumps(config or {}))
    settings = read_settings({"THOR_CONFIG_PATH": str(file), **(env or {})})
    made = RuleBook(settings, env or {}, Spool(None))
    made.look()
    return made, file


def ask(rules, url, method="GET", client="agent", values=None):
    """What the rules say of one URL: the id of the rule, or the code of the denial."""
    scheme, rest = url.split("://")
    place, _, path = rest.partition("/")
    host, _, port = place.partition(":")
    path, _, query = f"/{path}".partition("?")
    asked = Request(client, host, int(port or (443 if scheme == "https" else 80)), scheme, method, path, query)
    verdict = decide(rules, asked, (values or {}).get)
    return verdict.rule.id if isinstance(verdict, Allowed) else verdict.code


class Targets(unittest.TestCase):
    def test_one_form_for_a_name_and_none_for_an_address(self):
        for given, wanted in (("SLACK.com.", "slack.com"), ("bücher.example", "xn--bcher-kva.example"), ("a_b.example", "a_b.example")):
            self.assertEqual(normal_host(given), wanted)
        for given in ("", ".", "a..b", "-a.example", "a b", "user@a.example", "a%2e.example", "a" * 64 + ".example"):
            self.assertIsNone(normal_host(given), given)
        for address in ("127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "::1", "[::1]", "::ffff:10.0.0.1"):
            self.assertTrue(looks_like_address(address), address)
            self.assertIsNone(normal_host(address), address)

    def test_authorities(self):
        self.assertEqual(split_authority("A.example:8443"), ("a.example", 8443))
        self.assertEqual(split_authority("a.example"), ("a.example", None))
        for given in ("a.example:", "a.example:x", "a.example:1:2", "u@a.example:443"):
            self.assertIsNone(split_authority(given), given)

    def test_addresses(self):
        for address in ("93.184.216.34", "2606:4700::1111"):
            self.assertTrue(is_public(address), address)
        inside = "127.0.0.1 10.1.2.3 172.16.0.1 192.168.0.1 169.254.169.254 100.64.0.1 192.0.2.1 224.0.0.1 0.0.0.0 240.0.0.1"
        for address in (*inside.split(), "::1", "fe80::1", "fd00::1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1"):
            self.assertFalse(is_public(address), address)

    def test_every_address_of_a_name_counts_and_metadata_never_passes(self):
        def check(addresses, private=False):
            async def resolve(_host, _port):
                return addresses

            return asyncio.run(checked_addresses("a.example", 443, private, resolve))

        self.assertEqual(check(["93.184.216.34"]), ["93.184.216.34"])
        self.assertEqual(check(["93.184.216.34", "10.0.0.1"]), Denied("address_private"))
        self.assertEqual(check(["10.0.0.1"], private=True), ["10.0.0.1"])
        self.assertEqual(check(["169.254.169.254"], private=True), Denied("address_private"))
        self.assertEqual(check([]), Denied("address_unresolved"))


class Requests(unittest.TestCase):
    def test_headers_that_two_readers_could_take_differently(self):
        for fields in (
            [(b"Content-Length", b"1"), (b"Transfer-Encoding", b"chunked")],
            [(b"Content-Length", b"1"), (b"Content-Length", b"1")],
            [(b"Transfer-Encoding", b"chunked, identity")],
            [(b"Transfer-Encoding", b"\tchunked")],
            [(b"Transfer-Encoding ", b"chunked")],
            [(b"Content-Length", b"+1")],
            [(b"X", b"a\nb")],
            [(b"X", b"a\rb")],
            [(b"X", b"a\0b")],
            [(b"Authorization", b"a"), (b"authorization", b"b")],
            [(b"Expect", b"something")],
            [(b"X", b"y")] * 101,
            [(b"X", b"y" * 65_536)],
        ):
            self.assertEqual(header_fault(fields, False), "smuggling_suspected", fields[:2])
        self.assertEqual(header_fault([(b"Upgrade", b"websocket")], False), "upgrade_not_allowed")
        self.assertIsNone(header_fault([(b"Upgrade", b"websocket")], True))
        self.assertIsNone(header_fault([(b"Host", b"a"), (b"Content-Length", b"12"), (b"Expect", b"100-continue")], False))
        self.assertEqual(connection_listed([(b"Connection", b"close, X-Secret"), (b"connection", b"y")]), {"close", "x-secret", "y"})

    def test_paths_that_two_readers_could_take_differently(self):
        for path in ("/a/%2e%2e/b", "/a%2Fb", "/a//b", "/a/../b", "/a/./b", "/a/..", "/a;x", "/a\\b", "/%252e", "/%00", "/ü", "/a b", "a"):
            self.assertEqual(path_fault(path), "path_ambiguous", path)
        for path in ("/", "/a.b/c..d", "/a%20b", "/.well-known/x", "/a/b."):
            self.assertIsNone(path_fault(path), path)


class OperatorRules(unittest.TestCase):
    def test_agrees_with_thor_on_the_shared_samples(self):
        for sample in SAMPLES["rules"]:
            self.assertEqual(thor_json.rule_fault(sample["rule"]) is None, sample["accepted"], sample["why"])
        for sample in SAMPLES["passthrough"]:
            self.assertEqual(thor_json.passthrough_fault(sample["host"]) is None, sample["accepted"], sample["host"])

    def test_a_domain_matches_what_is_below_it_and_nothing_that_looks_alike(self):
        made, _ = book({"mitmproxy": [{"host_suffix": ".x.dev", "headers": HEADERS}]})
        values = {"STATUS_TOKEN": "t"}
        self.assertEqual(ask(made.rules(), "https://a.x.dev/", values=values), "thor.json[0]")
        for host in ("x.dev", "evilx.dev", "x.dev.evil"):
            self.assertEqual(ask(made.rules(), f"https://{host}/", values=values), "host_not_allowed", host)

    def test_a_denial_says_how_far_the_request_came(self):
        rule = {"host": "a.example", "path_prefix": "/api", "methods": ["GET"], "headers": HEADERS}
        rules = book({"mitmproxy": [rule]})[0].rules()
        for url, method, code in (
            ("https://b.example/api", "GET", "host_not_allowed"),
            ("https://a.example:8443/api", "GET", "port_not_allowed"),
            ("http://a.example:443/api", "GET", "scheme_not_https"),
            ("https://a.example/api", "POST", "method_not_allowed"),
            ("https://a.example/apix", "GET", "path_not_allowed"),
            ("https://a.example/api//x", "GET", "path_ambiguous"),
            ("https://a.example/api/x", "GET", "variable_unset"),
        ):
            self.assertEqual(ask(rules, url, method), code, url)
        self.assertEqual(ask(rules, "https://a.example/api", client="codex-lb"), "host_not_allowed")

    def test_may_not_name_what_is_thor_own(self):
        places = ({"host": "SLACK.com"}, {"host_suffix": ".com"}, {"host": "codex-lb"}, {"host": "127.0.0.1"})
        made, _ = book({"mitmproxy": [{**place, "headers": {"X": "y"}} for place in places]})
        for url in ("https://slack.com/api/chat.delete", "https://files.slack.com/x", "http://codex-lb:2455/api", "https://127.0.0.1/"):
            self.assertFalse(ask(made.rules(), url, "POST").startswith("thor.json"), url)
        self.assertEqual(ask(made.rules(), "https://other.com/"), "thor.json[1]")

    def test_a_faulty_file_only_takes_rights_away(self):
        first, second = ({"host": f"{name}.example", "headers": HEADERS} for name in "ab")
        standing = thor_json.Standing().after(thor_json.read_text(json.dumps({"mitmproxy": [first, second]}).encode()), 0)
        new = {"host": "new.example", "headers": HEADERS}
        broken = {"mitmproxy": [first, new, {"host": "c.example"}]}
        faulty = standing.after(thor_json.read_text(json.dumps(broken).encode()), 10)
        self.assertEqual([rule["host"] for rule in faulty.at(500).rules], ["a.example"])
        twice = thor_json.read_text(b'{"mitmproxy": [], "mitmproxy": []}')
        self.assertTrue(twice.faults)
        unreadable = faulty.after(thor_json.read_text(b"{"), 20)
        self.assertEqual(len(unreadable.at(69).rules), 2)
        self.assertEqual(unreadable.at(70).rules, ())
        mended = unreadable.after(thor_json.read_text(json.dumps({"mitmproxy": [new]}).encode()), 90)
        self.assertEqual([rule["host"] for rule in mended.at(90).rules], ["new.example"])


class BuiltIn(unittest.TestCase):
    VALUES = {"SLACK_BOT_TOKEN": "t", "ATLASSIAN_AUTH": "Basic x", "ATLASSIAN_CLOUD_ID": "a.b", "ATLASSIAN_SITE": "acme.atlassian.net"}

    def check(self, rules, rows, values):
        for url, method, wanted in rows:
            found = ask(rules, url, method, values=values)
            self.assertEqual(found.split(":")[0], wanted, f"{method} {url}")

    def test_one_atlassian_site_and_no_other(self):
        issue = "/rest/api/3/issue/SHOP-1/attachments"
        rows = (
            (f"https://api.atlassian.com/ex/jira/a.b{issue}", "POST", "atlassian"),
            (f"https://acme.atlassian.net{issue}", "POST", "atlassian"),
            ("https://api.atlassian.com/ex/confluence/a.b/wiki", "HEAD", "atlassian"),
            (f"https://api.atlassian.com/ex/jira/aXb{issue}", "POST", "path_not_allowed"),
            ("https://api.atlassian.com/ex/jira/other/x", "GET", "path_not_allowed"),
            (f"https://acme.atlassian.net{issue}", "PUT", "method_not_allowed"),
            ("https://other.atlassian.net/", "GET", "host_not_allowed"),
            ("https://api.media.atlassian.com/file", "GET", "built-in"),
        )
        self.check(book()[0].rules(), rows, self.VALUES)
        self.assertEqual(ask(book()[0].rules(), "https://acme.atlassian.net/", values={}), "host_not_allowed")

    def test_slack_is_read_and_never_written(self):
        rows = (
            ("https://slack.com/api/users.info?user=U1", "GET", "slack"),
            ("https://files.slack.com/files-pri/T1/x.png", "GET", "slack"),
            ("https://slack.com/api/chat.postMessage", "GET", "path_not_allowed"),
            ("https://slack.com/api/users.info", "POST", "method_not_allowed"),
            ("https://slack.com/api/users.info?token=x", "GET", "query_not_allowed"),
            ("https://slack.com/api/users.info?%74oken=x", "GET", "query_not_allowed"),
            ("https://slack.com/api/%2e%2e/chat.delete", "GET", "path_ambiguous"),
        )
        self.check(book()[0].rules(), rows, self.VALUES)
        self.assertIn("slack-post-message", denial_text("POST", "slack.com", "/api/chat.delete?secret", "path_not_allowed", "", "1"))

    def test_the_model_and_nothing_else_of_codex_lb(self):
        rules = book()[0].rules()
        rows = (
            ("http://codex-lb:2455/v1/responses", "POST", "model"),
            ("http://codex-lb:2455/v1/models", "GET", "model"),
            ("http://codex-lb:2455/api/accounts", "GET", "path_not_allowed"),
            ("http://codex-lb:2455/v1/../api/accounts", "GET", "path_ambiguous"),
            ("http://codex-lb:1455/v1/models", "GET", "port_not_allowed"),
            ("https://chatgpt.com/", "GET", "host_not_allowed"),
            ("https://api.openai.com/v1/models", "GET", "host_not_allowed"),
        )
        self.check(rules, rows, {})
        self.assertEqual(ask(rules, "https://api.openai.com/x", "POST", "codex-lb"), "codex-lb:1")

    def test_another_provider_replaces_codex_lb(self):
        other = {"THOR_MODEL_PROVIDER": "anthropic", "THOR_MODEL_BASE_URL": "https://api.anthropic.com/v1"}
        rules = built_in.model_rules(other)
        self.assertEqual(ask(rules, "https://api.anthropic.com/v1/messages", "POST", values={"THOR_MODEL_API_KEY": "k"}), "model:anthropic/messages")
        self.assertEqual(ask(rules, "http://codex-lb:2455/v1/models"), "host_not_allowed")


class SettingsAndSpool(unittest.TestCase):
    def test_a_secret_comes_from_its_file_at_once(self):
        directory = Path(tempfile.mkdtemp())
        variables = Variables({"A": "from env", "ATLASSIAN_CLOUD_ID": "https://acme.atlassian.net/x"}, directory)
        self.assertEqual(variables("A"), "from env")
        (directory / "A").write_text("from file\n")
        self.assertEqual(variables("A"), "from file")
        self.assertIsNone(variables("B"))
        self.assertEqual(variables("ATLASSIAN_SITE"), "acme.atlassian.net")
        with self.assertRaises(SystemExit):
            read_settings({"THOR_PROXY_CLIENTS": "admin=10.0.0.1"})

    def test_the_spool_counts_repeats_sums_what_went_out_and_knows_when_it_cannot_write(self):
        directory, clock = Path(tempfile.mkdtemp()), [1000.0]
        spool = Spool(directory, lambda: clock[0])
        for _ in range(3):
            spool.denied({"host": "a.example", "reason": "host_not_allowed"})
        clock[0] += 61
        spool.allowed({"host": "b.example"}, 1, 2)
        spool.allowed({"host": "b.example"}, 10, 20)
        spool.flush()
        lines = [json.loads(line) for line in (directory / "1000-0.jsonl").read_text().splitlines()]
        told = [(line["kind"], line.get("count"), line.get("calls"), line.get("bytesIn")) for line in lines]
        self.assertEqual(sorted(told, key=str), sorted([("denied", None, None, None), ("denied_again", 2, None, None), ("allowed", None, 2, 22)], key=str))
        broken = Spool(directory / "missing", lambda: clock[0])
        broken.note("x")
        self.assertTrue(broken.broken)
        self.assertEqual((status_of("variable_unset"), status_of("path_ambiguous")), (502, 403))


if __name__ == "__main__":
    unittest.main()
