/** What a child of gh may ask of the API: its own repository, and changes only where its command is one. */
import type { GhUse } from "./use.ts";

export interface BrokerScope extends GhUse {
  owner: string;
  repo: string;
}
export interface ApiRequest {
  method: string;
  /** Below the API's base address, without the query. */
  path: string;
  /** The fields at the root of a GraphQL document's mutations; nothing when it is not readable. */
  mutations?: readonly string[] | undefined;
}

const OPEN = /^\/(search\/[a-z]+|rate_limit|meta|)$/;

/** Why a request is not forwarded, or nothing. */
export function brokerFault({ method, path, mutations }: ApiRequest, scope: BrokerScope): string | undefined {
  if (path === "/graphql") {
    if (method !== "POST" || mutations === undefined) return "this is no query";
    const strange = mutations.find((name) => !scope.mutations.includes(name));
    return strange === undefined ? undefined : `the mutation ${strange} is not part of this command`;
  }
  if (path.split("/").some((part) => part === ".." || part === "." || /%2e|%2f|%5c|\\/i.test(part)))
    return "the path leads elsewhere";
  const own = `/repos/${scope.owner}/${scope.repo}`.toLowerCase();
  const isOwn = path.toLowerCase() === own || path.toLowerCase().startsWith(`${own}/`);
  const isKnown = isOwn || OPEN.test(path) || /^\/repositories\/\d+(\/|$)/.test(path);
  if (!isKnown) return "this is another repository";
  return method === "GET" || method === "HEAD" || scope.mayWrite ? undefined : `${method} is not part of this command`;
}
