/** apps.connections.open: where a Socket Mode client connects. */
import { SlackError } from "../slack-error.ts";
import type { Method, MethodContext } from "./method.ts";

/** Needs the sockets, which no other method does. */
export const connectionMethods = (ticket: () => string): Record<string, Method> => ({
  "apps.connections.open": {
    scopes: [],
    token: "app",
    run: ({ baseUrl, workspace }: MethodContext) => {
      if (!workspace.app.usesSockets) throw new SlackError("socket_mode_not_enabled");
      return { url: baseUrl().replace(/^http/, "ws") + ticket() };
    },
  },
});
