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
  /** Numbers by which the git host itself has named this repository in this call. */
  ids: ReadonlySet<string>;
}

const OPEN = /^\/(search\/[a-z]+|rate_limit|meta|)$/;
const OUT_OF_PLACE = /(^|\/)\.{1,2}(\/|$)|%2e|%2f|%5c|\\/i;

function graphqlFault({ method, mutations }: ApiRequest, scope: BrokerScope): string | undefined {
  if (method !== "POST" || mutations === undefined) return "this is no query";
  const strange = mutations.find((name) => !scope.mutations.includes(name));
  return strange === undefined ? undefined : `the mutation ${strange} is not part of this command`;
}

function isKnownPath({ path, ids }: ApiRequest, { owner, repo }: BrokerScope): boolean {
  const own = `/repos/${owner}/${repo}`.toLowerCase();
  const isOwn = path.toLowerCase() === own || path.toLowerCase().startsWith(`${own}/`);
  const id = /^\/repositories\/(\d+)(\/|$)/.exec(path)?.[1];
  return isOwn || OPEN.test(path) || (id !== undefined && ids.has(id));
}

/** Why a request is not forwarded, or nothing. */
export function brokerFault(request: ApiRequest, scope: BrokerScope): string | undefined {
  const { method, path } = request;
  if (path === "/graphql") return graphqlFault(request, scope);
  if (OUT_OF_PLACE.test(path)) return "the path leads elsewhere";
  if (!isKnownPath(request, scope)) return "this is another repository";
  const isRead = method === "GET" || method === "HEAD";
  return isRead || scope.mayWrite ? undefined : `${method} is not part of this command`;
}
