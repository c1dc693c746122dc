/** files.*: the three-step upload (ask for an address, send the bytes there, complete). */
import { z } from "zod";

import { SlackError } from "../slack-error.ts";
import { fileForm } from "../wire-form.ts";
import { int, joinedChannel, json, method } from "./method.ts";

const Ask = z.object({ filename: z.string().min(1), length: int.min(1).max(1024 ** 3), title: z.string().optional() });
const Complete = z.object({
  files: json(z.array(z.object({ id: z.string(), title: z.string().optional() })).min(1)),
  channel_id: z.string().optional(),
  thread_ts: z.string().optional(),
  initial_comment: z.string().optional(),
});

export const fileMethods = {
  "files.getUploadURLExternal": method(["files:write"], Ask, ({ workspace, baseUrl }, args) => {
    const id = workspace.fileId();
    const name = args.filename;
    const user = workspace.app.botUserId;
    const empty = { mimetype: "application/octet-stream", content: "", isShared: false };
    workspace.files.put(id, { id, name, title: args.title ?? name, size: args.length, user, ...empty });
    return { upload_url: `${baseUrl()}/slack/upload/${id}`, file_id: id };
  }),
  "files.completeUploadExternal": method(["files:write"], Complete, (context, args) => {
    const { workspace } = context;
    const files = args.files.map(({ id, title }) => {
      const file = workspace.files.get(id);
      if (file === undefined || file.content === "" || file.isShared) throw new SlackError("file_not_found");
      return { ...file, title: title ?? file.title };
    });
    if (args.channel_id !== undefined) {
      const channel = joinedChannel(context, args.channel_id);
      for (const file of files) workspace.files.put(file.id, { ...file, isShared: true });
      workspace.post({
        channel: channel.id,
        user: workspace.app.botUserId,
        byBot: true,
        text: args.initial_comment ?? "",
        threadTs: args.thread_ts,
        files: files.map(({ id }) => id),
      });
    }
    return { files: files.map((file) => fileForm(file, workspace.app)) };
  }),
  "files.info": method(["files:read"], z.object({ file: z.string() }), ({ workspace }, { file }) => {
    const row = workspace.files.get(file);
    if (row === undefined) throw new SlackError("file_not_found");
    return { file: fileForm(row, workspace.app) };
  }),
};
