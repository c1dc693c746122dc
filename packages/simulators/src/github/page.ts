/** `/github`: repositories, branches, commits, files and differences, so that a person can see what was pushed. */
import { readFileSync } from "node:fs";

import type { FastifyInstance, FastifyReply } from "fastify";

import { type Html, html, page, PAGE_HEADERS } from "../page/html.ts";
import { git } from "./git.ts";
import { findRepository, fullName, type Hub, type Repository } from "./hub.ts";
import { readRefs } from "./pushing.ts";
import { DEMO_ISSUE } from "./seed.ts";

interface Place {
  Params: { owner: string; repo: string; "*": string };
}

const MAX_SHOWN = 100_000;

function frame(title: string, body: Html): string {
  const whole = html`<body>
    <p class="banner">Simulated GitHub — nothing here leaves this machine</p>
    <main>
      <p class="path"><a href="/github">GitHub</a> / ${title}</p>
      ${body}
    </main>
  </body>`;
  return page({ title: `${title} · Simulated GitHub`, css: "/github/page.css", body: whole });
}

const show = (reply: FastifyReply, title: string, body: Html) =>
  reply.headers(PAGE_HEADERS).type("text/html; charset=utf-8").send(frame(title, body));

const notFound = (reply: FastifyReply) => {
  void reply.code(404);
  return show(reply, "not found", html`<p>There is nothing here.</p>`);
};

async function commitsOf({ directory }: Repository, range: string) {
  const log = await git(directory, ["log", "-n", "30", "--format=%h%x09%an%x09%ar%x09%s", range, "--"]);
  return log
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split("\t"));
}

async function overview(repository: Repository): Promise<Html> {
  const refs = await readRefs(repository);
  const full = fullName(repository);
  const files = await git(repository.directory, ["ls-tree", "-r", "--name-only", repository.defaultBranch]);
  return html`<h1>${full}</h1>
    <h2>Branches</h2>
    <ul class="rows">
      ${Object.entries(refs).map(
        ([name, sha]) =>
          html`<li>
            <a href="/github/${full}/tree/${name}"><b>${name}</b></a
            >${name === repository.defaultBranch ? html` <span class="tag">protected</span>` : undefined}<code
              >${sha.slice(0, 7)}</code
            >
          </li>`,
      )}
    </ul>
    <h2>Issues</h2>
    <ul class="rows">
      <li>#${DEMO_ISSUE.number} <b>${DEMO_ISSUE.title}</b> by ${DEMO_ISSUE.user}</li>
    </ul>
    <h2>Files on ${repository.defaultBranch}</h2>
    <ul class="rows">
      ${files
        .split("\n")
        .filter(Boolean)
        .map((path) => html`<li><a href="/github/${full}/blob/${repository.defaultBranch}/${path}">${path}</a></li>`)}
    </ul>`;
}

function kindOf(line: string): string {
  if (line.startsWith("+") && !line.startsWith("+++")) return "added";
  if (line.startsWith("-") && !line.startsWith("---")) return "removed";
  return line.startsWith("@@") ? "place" : "";
}

function diffView(diff: string): Html {
  const lines = diff.slice(0, MAX_SHOWN).split("\n");
  return html`<pre class="diff">
${lines.map((line) => html`<span class="${kindOf(line)}">${`${line}\n`}</span>`)}</pre>`;
}

async function branchView(repository: Repository, branch: string): Promise<Html> {
  const { defaultBranch, directory } = repository;
  const isDefault = branch === defaultBranch;
  const commits = await commitsOf(repository, isDefault ? branch : `${defaultBranch}..${branch}`);
  const diff = isDefault ? "" : await git(directory, ["diff", `${defaultBranch}...${branch}`, "--"]);
  return html`<h1>${branch}</h1>
    <h2>${isDefault ? "Commits" : `Commits that ${defaultBranch} does not have`}</h2>
    <ul class="rows">
      ${commits.map(([sha = "", author = "", when = "", subject = ""]) => html`<li><code>${sha}</code> <b>${subject}</b> <span class="quiet">${author}, ${when}</span></li>`)}
    </ul>
    ${
      isDefault
        ? undefined
        : html`<h2>Changes against ${defaultBranch}</h2>
            ${diffView(diff)}`
    }`;
}

/** The longest branch name with which a path begins, and what is left of the path. */
function splitRef(refs: Record<string, string>, path: string): { ref: string; file: string } | undefined {
  const fits = Object.keys(refs).filter((name) => path === name || path.startsWith(`${name}/`));
  const ref = fits.toSorted((a, b) => b.length - a.length)[0];
  return ref === undefined ? undefined : { ref, file: path.slice(ref.length + 1) };
}

export function mountGithubPage(server: FastifyInstance, hub: Hub): void {
  const withRepository = (path: string, draw: (repository: Repository, rest: string) => Promise<Html | undefined>) =>
    server.get<Place>(`/github/:owner/:repo${path}`, async (request, reply) => {
      const { owner, repo } = request.params;
      const repository = findRepository(hub, owner, repo);
      const view = repository === undefined ? undefined : await draw(repository, request.params["*"]);
      return repository === undefined || view === undefined ? notFound(reply) : show(reply, fullName(repository), view);
    });

  server.get("/github", (_request, reply) =>
    show(
      reply,
      "repositories",
      html`<h1>Repositories</h1>
        <ul class="rows">
          ${hub.repositories.map(
            (row) =>
              html`<li>
                <a href="/github/${fullName(row)}"><b>${fullName(row)}</b></a>
              </li>`,
          )}
        </ul>`,
    ),
  );
  server.get("/github/page.css", (_request, reply) =>
    reply
      .headers(PAGE_HEADERS)
      .type("text/css")
      .send(readFileSync(new URL("page.css", import.meta.url), "utf8")),
  );
  withRepository("", overview);
  withRepository("/tree/*", async (repository, branch) =>
    (await readRefs(repository))[branch] === undefined ? undefined : branchView(repository, branch),
  );
  withRepository("/blob/*", async (repository, path) => {
    const at = splitRef(await readRefs(repository), path);
    if (at === undefined || at.file === "") return undefined;
    const listed = await git(repository.directory, ["ls-tree", "-r", "--name-only", at.ref]);
    if (!listed.split("\n").includes(at.file)) return undefined;
    const content = await git(repository.directory, ["cat-file", "blob", `${at.ref}:${at.file}`]);
    return html`<h1>${at.file}</h1>
      <p class="quiet">on ${at.ref}</p>
      <pre>${content.slice(0, MAX_SHOWN)}</pre>`;
  });
}
