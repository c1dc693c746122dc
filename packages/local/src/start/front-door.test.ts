import { expect, it } from "vitest";

import { forwardedHeaders, refusalOf } from "./front-door.ts";

const request = (change: object) => ({ method: "POST", hostname: "localhost", headers: {}, ...change });

it("refuses a foreign Host and a page of another site that writes", () => {
  expect(refusalOf(request({ hostname: "thor.evil.example" }))).toBe("unknown_host");
  expect(refusalOf(request({ headers: { "sec-fetch-site": "cross-site" } }))).toBe("cross_site");
  expect(refusalOf(request({ headers: { "sec-fetch-site": "same-site" } }))).toBe("cross_site");
});

it("lets its own pages write, and anybody follow a link here", () => {
  expect(refusalOf(request({ headers: { "sec-fetch-site": "same-origin" } }))).toBeUndefined();
  expect(refusalOf(request({ method: "GET", headers: { "sec-fetch-site": "cross-site" } }))).toBeUndefined();
});

it("says who asks and drops every claim of the client, however it is spelled", () => {
  const claims = {
    "x-vouch-user": "root@evil.example",
    "X-Thor-Role": "admin",
    x_thor_internal_secret: "guess",
    "remote-user": "root",
    "x-forwarded-for": "10.0.0.1",
  };
  const headers = forwardedHeaders({ ...claims, accept: "text/html" }, "the-secret");
  expect(headers).toEqual({
    accept: "text/html",
    "x-vouch-user": "you@localhost.local",
    "x-thor-role": "admin",
    "x-thor-internal-secret": "the-secret",
  });
});
