/** Which searches would walk through everything: an absolute glob from a root that is not the conversation's. */

const BROAD = ["/", "/home", "/tmp"];
const ABSOLUTE_GLOBS = ["/home/", "/tmp/", "/usr/local/"];
const WITH_VALUE = new Set([
  "-A",
  "-B",
  "-C",
  "-e",
  "-f",
  "-m",
  "-t",
  "-T",
  "--type",
  "--regexp",
  "--max-count",
  "--context",
]);

interface Search {
  globs: string[];
  words: string[];
}

function readSearch(args: readonly string[]): Search {
  const found: Search = { globs: [], words: [] };
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    const inline = /^(?:--glob=|--iglob=|-g)(.+)$/s.exec(arg)?.[1];
    if (inline !== undefined) found.globs.push(inline.replace(/^=/, ""));
    else if (["-g", "--glob", "--iglob"].includes(arg)) found.globs.push(args[(at += 1)] ?? "");
    else if (WITH_VALUE.has(arg)) at += 1;
    else if (!arg.startsWith("-")) found.words.push(arg);
  }
  return found;
}

/** Why a search is refused; nothing when it may run. */
export function searchFault(args: readonly string[], cwd: string, workspace: string): string | undefined {
  const { globs, words } = readSearch(args);
  const absolute = globs.find((glob) => [`${workspace}/`, ...ABSOLUTE_GLOBS].some((root) => glob.startsWith(root)));
  if (absolute === undefined) return undefined;
  const broad = new Set([...BROAD, workspace]);
  const roots = words.slice(1);
  const isBroad = roots.length === 0 ? broad.has(cwd) : roots.some((root) => broad.has(root === "." ? cwd : root));
  return isBroad
    ? `rg: the glob ${absolute} starts from a root that is too broad; name the directory to search instead`
    : undefined;
}

/** Links lead out of what may be searched, so they are never followed. */
export const withoutFollowing = (args: readonly string[]) => args.filter((arg) => arg !== "--follow" && arg !== "-L");
