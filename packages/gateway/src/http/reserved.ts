/** Doors whose names are taken and that lead nowhere yet; what is sent to them is neither read nor repeated. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** Answers before a body is read. */
const answerAll = (status: number, error: string) => async (_request: FastifyRequest, reply: FastifyReply) => {
  await reply.code(status).send({ error });
};

export function addReserved(server: FastifyInstance): void {
  server.get("/slack/redirect", answerAll(501, "not_implemented"));
  server.post("/hooks/:recipe", { onRequest: answerAll(404, "recipe_not_found") }, () => undefined);
}
