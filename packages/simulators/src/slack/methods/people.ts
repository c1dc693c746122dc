/** auth.test and users.*: who the token is, and who everybody is. */
import { z } from "zod";

import { SlackError } from "../slack-error.ts";
import { personForm } from "../wire-form.ts";
import { method } from "./method.ts";

export const peopleMethods = {
  "auth.test": method([], z.object({}), ({ workspace }) => {
    const { app } = workspace;
    return {
      url: `${app.webUrl()}/`,
      team: app.teamName,
      user: "thor",
      team_id: app.teamId,
      user_id: app.botUserId,
      bot_id: app.botId,
      app_id: app.appId,
      is_enterprise_install: false,
    };
  }),
  "users.info": method(["users:read"], z.object({ user: z.string() }), ({ workspace }, { user }) => {
    const person = workspace.people.get(user);
    if (person === undefined) throw new SlackError("user_not_found");
    return { user: personForm(person, workspace.app.scopes.includes("users:read.email")) };
  }),
  "users.lookupByEmail": method(["users:read.email"], z.object({ email: z.string() }), ({ workspace }, { email }) => {
    const person = workspace.people.all().find((row) => row.email === email);
    if (person === undefined) throw new SlackError("users_not_found");
    return { user: personForm(person, true) };
  }),
};
