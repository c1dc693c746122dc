/** The operators' pages: behind the internal secret, which only the ingress adds, after it knows who asks. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { secretHook } from "@thor/kit/server";
import type { FastifyInstance } from "fastify";

import { OverviewPage, type Overview } from "../core/view/overview.tsx";
import { PAGE_CSS } from "../core/view/page-css.ts";

const HEADERS = {
  "content-security-policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

export function addPages(
  server: FastifyInstance,
  { secret, load }: { secret: string; load: () => Promise<Overview> },
): void {
  void server.register((scope, _options, done) => {
    scope.addHook("onRequest", secretHook(INTERNAL_SECRET_HEADER, [secret]));
    scope.get("/admin", async (_request, reply) => {
      const page = `<!doctype html>${await OverviewPage(await load())}`;
      return reply.headers(HEADERS).type("text/html; charset=utf-8").send(page);
    });
    scope.get("/admin/assets/page.css", (_request, reply) =>
      reply.headers(HEADERS).type("text/css; charset=utf-8").send(PAGE_CSS),
    );
    done();
  });
}
