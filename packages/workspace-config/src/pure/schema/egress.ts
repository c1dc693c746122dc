/** Which hosts the agent reaches through the proxy, and with which headers. */
import { z } from "zod";

import { HeaderName, HeaderValue } from "./headers.ts";

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const SUFFIX = /^\.[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const path = z.string().startsWith("/", "must start with /");

export const EgressRule = z
  .strictObject({
    host: z.string().regex(HOST, "must be a host without / or :").optional().describe("Exact host."),
    host_suffix: z
      .string()
      .regex(SUFFIX, "must start with . and name a domain")
      .optional()
      .describe("Domain, from its dot on."),
    path_prefix: path.optional().describe("What the path starts with."),
    path_suffix: path.optional().describe("What the path ends with."),
    methods: z
      .array(z.string().regex(/^[A-Z]+$/, "must be a method in upper case"))
      .min(1)
      .optional()
      .describe("Allowed methods. Absent: all."),
    readonly: z.boolean().optional().describe("Allows GET, HEAD and OPTIONS only."),
    headers: z
      .record(HeaderName, HeaderValue)
      .refine((headers) => Object.keys(headers).length > 0, "needs at least one header")
      .describe("Headers that the proxy adds; values may use ${NAME}."),
  })
  .refine(({ host, host_suffix: suffix }) => (host === undefined) !== (suffix === undefined), {
    message: "needs exactly one of host and host_suffix",
  })
  .refine(({ methods, readonly }) => methods === undefined || readonly === undefined, {
    message: "may not have both methods and readonly",
  });
export type EgressRule = z.infer<typeof EgressRule>;

export const PassthroughHost = z
  .string()
  .regex(new RegExp(`${HOST.source}|${SUFFIX.source}`), "must be a host without / or :, or a domain from its dot on");

export const Egress = z.array(EgressRule).default([]).describe("Hosts reached through the proxy, with added headers.");
export const Passthrough = z
  .array(PassthroughHost)
  .default([])
  .describe("Hosts, or domains from their dot on, whose connections the proxy does not open.");
