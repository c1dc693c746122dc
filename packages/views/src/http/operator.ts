/** Who asks: a person whom the ingress has signed in, proven by the secret that only the ingress adds. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { hasSecret } from "@thor/kit/server";
import type { FastifyInstance, FastifyRequest } from "fastify";

interface Operator {
  email: string;
  role: "admin" | "member";
}

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks, on routes behind the gate of people's pages. */
    readonly operator: Operator;
  }
}

const EMAIL = /^[^\s@<>"',;]{1,64}@[A-Za-z0-9.-]{1,190}$/;
const NOBODY: Operator = { email: "", role: "member" };

/** The signed-in person of a request, or none. */
function operatorOf(request: FastifyRequest): Operator | undefined {
  const email = request.headers["x-vouch-user"];
  if (typeof email !== "string" || !EMAIL.test(email)) return undefined;
  return { email: email.toLowerCase(), role: request.headers["x-thor-role"] === "admin" ? "admin" : "member" };
}

export interface GateOptions {
  secrets: readonly string[];
  /** Whom the surface is for; `undefined`: every signed-in person. */
  admins?: { listed: ReadonlySet<string> | undefined } | undefined;
}

/** Puts every route of a scope behind the sign-in. */
export function addGate(scope: FastifyInstance, { secrets, admins }: GateOptions): void {
  scope.decorateRequest("operator", {
    getter() {
      return operatorOf(this) ?? NOBODY;
    },
  });
  scope.addHook("onRequest", async (request, reply) => {
    const { operator } = request;
    if (!hasSecret(request, INTERNAL_SECRET_HEADER, secrets) || operator === NOBODY)
      return reply.code(401).type("text/plain; charset=utf-8").send("Unauthorized");
    const isListed = admins?.listed === undefined || admins.listed.has(operator.email);
    if (admins !== undefined && (operator.role !== "admin" || !isListed))
      return reply.code(403).type("text/plain; charset=utf-8").send("Forbidden");
    return undefined;
  });
}
