/** GET /admin/config (and the crontab's editor): what is in force, the text, its versions. */
import type { Reads } from "@thor/ledger/port";

import { configVersionIn } from "../../core/stored-facts.ts";
import { compareTexts, maskHeaders } from "../../core/text-diff.ts";
import { Editor, StandingPanel, VersionPage, Versions } from "../../core/view/config.tsx";
import type { TextFile } from "../config-file.ts";
import type { Asked, PageSpec } from "./page.ts";

const MAX_VERSIONS = 50;

export interface ConfigPageDeps {
  file: TextFile;
  digest: (text: string) => string;
  /** `/admin/config` or `/admin/schedules/edit`. */
  base: string;
  title: string;
}

const startText = (file: TextFile) =>
  file.name === "crontab" ? "# minute hour day month weekday  hey-thor …\n" : "{}\n";

async function standingOf(reads: Reads, file: TextFile, now: number) {
  const disk = await file.read();
  const [newest] = await reads.configVersions({ file: file.name, limit: 1 });
  const services = file.name === "crontab" ? [] : await reads.listServices({ now });
  const running = services.flatMap(({ service, live, detail }) => {
    const version = configVersionIn(detail);
    return live && version !== undefined ? [{ service, version }] : [];
  });
  return {
    disk,
    standing: {
      rev: disk.rev,
      fault: disk.fault,
      issues: disk.fault === undefined ? file.check(disk.text).issues.length : 0,
      version: newest?.rev === disk.rev ? newest.version : undefined,
      services: running,
    },
  };
}

const versionIn = ({ params }: Asked) => Number(params["version"] ?? 0);

/** The editor's page and the page of one version. */
export function createConfigPages({ file, digest, base, title }: ConfigPageDeps): PageSpec[] {
  const place = (asked: Asked) => ({ base, name: file.name, csrf: asked.csrf });
  const editor: PageSpec = {
    path: base,
    topics: ["settings", "status"],
    title: async () => title,
    panels: [
      {
        id: "standing",
        title: "In force",
        draw: async (reads, { moment }) => {
          const { standing } = await standingOf(reads, file, moment.now);
          return StandingPanel({ standing, name: file.name });
        },
      },
      {
        id: "editor",
        title: "Edit",
        draw: async (_reads, asked) => {
          const disk = await file.read();
          const text = disk.fault === undefined ? disk.text : startText(file);
          return Editor({ ...place(asked), text, rev: disk.rev, ...file.check(text) });
        },
      },
      {
        id: "versions",
        title: "Versions",
        draw: async (reads, { moment }) =>
          Versions({ rows: await reads.configVersions({ file: file.name, limit: MAX_VERSIONS }), base, moment }),
      },
    ],
  };
  const one: PageSpec = {
    path: `${base}/versions/:version`,
    topics: [],
    title: async (reads, asked) => {
      const line = await reads.configVersion({ file: file.name, version: versionIn(asked) });
      return line && `${file.name}, version ${line.version}`;
    },
    panels: [
      {
        id: "version",
        title: "Version",
        draw: async (reads, asked) => {
          const line = await reads.configVersion({ file: file.name, version: versionIn(asked) });
          if (line === undefined) throw new Error("the version is gone");
          const { text } = await file.read();
          const diff = compareTexts(file.name, maskHeaders(line.text, digest), maskHeaders(text, digest));
          return VersionPage({ line, diff, place: place(asked), moment: asked.moment });
        },
      },
    ],
  };
  return [editor, one];
}
