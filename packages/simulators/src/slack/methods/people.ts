/** auth.test, users.* and usergroups.*: who the token is, and who everybody is. */
import { z } from "zod";

import type { UserGroup } from "../entities.ts";
import { SlackError } from "../slack-error.ts";
import { personForm } from "../wire-form.ts";
import { flag, int, method, type MethodContext } from "./method.ts";
import { pageOf } from "./paging.ts";

const hasEmail = ({ workspace }: MethodContext) => workspace.app.scopes.includes("users:read.email");

function groupForm({ workspace }: MethodContext, { id, handle, name, users }: UserGroup, hasUsers: boolean) {
  return {
    id,
    team_id: workspace.app.teamId,
    is_usergroup: true,
    name,
    description: "",
    handle,
    is_external: false,
    date_delete: 0,
    user_count: users.length,
    ...(hasUsers ? { users } : {}),
  };
}

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
  "users.info": method(["users:read"], z.object({ user: z.string() }), (context, { user }) => {
    const person = context.workspace.people.get(user);
    if (person === undefined) throw new SlackError("user_not_found");
    return { user: personForm(person, hasEmail(context)) };
  }),
  "users.list": method(
    ["users:read"],
    z.object({ cursor: z.string().optional(), limit: int.min(1).max(1000).optional() }),
    (context, window) => {
      const { rows, next } = pageOf(context.workspace.people.all(), window);
      return { members: rows.map((person) => personForm(person, hasEmail(context))), response_metadata: next };
    },
  ),
  "users.lookupByEmail": method(["users:read.email"], z.object({ email: z.string() }), ({ workspace }, { email }) => {
    const person = workspace.people.all().find((row) => row.email === email);
    if (person === undefined) throw new SlackError("users_not_found");
    return { user: personForm(person, true) };
  }),
  "usergroups.list": method(
    ["usergroups:read"],
    z.object({ include_users: flag.optional(), include_count: flag.optional(), include_disabled: flag.optional() }),
    (context, { include_users = false }) => ({
      usergroups: context.workspace.groups.all().map((group) => groupForm(context, group, include_users)),
    }),
  ),
  "usergroups.users.list": method(
    ["usergroups:read"],
    z.object({ usergroup: z.string(), include_disabled: flag.optional() }),
    ({ workspace }, { usergroup }) => {
      const group = workspace.groups.get(usergroup);
      if (group === undefined) throw new SlackError("no_such_subteam");
      return { users: group.users };
    },
  ),
};
