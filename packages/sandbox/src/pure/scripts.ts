/** What the engine runs inside a sandbox to bring it to a state and to ask what changed. Everything here runs among foreign code: its answers are checked outside. */
import { quote, WORK } from "./compose.ts";
import { MAX_PATHS } from "./limits.ts";

/** The sandbox lacks the commit. */
export const NEEDS_HISTORY = 9;

const PRELUDE = `set -eu
umask 022
mkdir -p ${WORK} /tmp/thor
cd ${WORK}
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
g() { git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.attributesFile=/dev/null -c gc.auto=0 -c safe.directory='*' "$@"; }
if [ ! -d .git ] || [ -L .git ]; then rm -rf .git; fi
rm -rf .git/config .git/config.worktree .git/info .git/commondir .git/*.lock .git/rebase-merge .git/rebase-apply
g init -q . 2> /dev/null || { rm -rf .git; g init -q .; }
printf '[core]\\n\\trepositoryformatversion = 0\\n\\tfilemode = true\\n\\tbare = false\\n[user]\\n\\tname = thor\\n\\temail = thor@localhost\\n' > .git/config
`;

const base = (head: string) => `b=$(g rev-parse -q --verify 'refs/thor/${head}^{commit}' || true)
`;

/** Takes a pack of objects in; without history its tree becomes one commit. */
export const importScript = (given: { head: string; file: string; tree: string | undefined }) => `${PRELUDE}
g index-pack --stdin < ${given.file} > /dev/null
rm -f ${given.file}
b=${given.tree === undefined ? given.head : `$(g commit-tree ${given.tree} -m 'no history')`}
g update-ref refs/thor/${given.head} "$b"
`;

const escaped = (path: string) => path.replaceAll(/[^A-Za-z0-9/_-]/g, String.raw`\$&`);

/** The commit, then the changes, then nothing else but what is ignored (or not even that). */
export function syncScript(given: {
  head: string;
  archive: string;
  deleted: string;
  kept: readonly string[];
  isFresh: boolean;
}): string {
  const excludes = given.kept.map((path) => ` -e ${quote(`/${escaped(path)}`)}`).join("");
  return `${PRELUDE}${base(given.head)}
if [ -z "$b" ]; then exit ${NEEDS_HISTORY}; fi
g update-ref --no-deref HEAD "$b"
g reset -q --hard
if [ -s ${given.deleted} ]; then xargs -0 rm -rf -- < ${given.deleted}; fi
tar -x --no-same-owner --recursive-unlink -f ${given.archive}
rm -f ${given.archive} ${given.deleted}
g clean -qffd${given.isFresh ? "x" : ""}${excludes}
`;
}

/** What differs from the commit, and the overlay's paths in any case: their names, and an archive of those that exist. */
export const collectScript = (given: {
  head: string;
  extra: string;
  list: string;
  archive: string;
}) => `${PRELUDE}${base(given.head)}
g update-ref --no-deref HEAD "$b"
g reset -q --mixed > /dev/null
touch ${given.extra}
{ g diff --name-only --no-renames --ignore-submodules=all -z HEAD; g ls-files -z -o --exclude-standard; cat ${given.extra}; } |
  grep -zv '/$' | sort -zu > ${given.list} || true
n=$(tr -cd '\\0' < ${given.list} | wc -c)
if [ "$n" -gt 0 ] && [ "$n" -le ${MAX_PATHS * 2} ]; then
  while IFS= read -r -d '' p; do
    if [ -L "$p" ] || { [ -e "$p" ] && [ ! -d "$p" ]; }; then printf '%s\\0' "$p"; fi
  done < ${given.list} > ${given.extra}
  tar -c --format=pax --no-recursion --hard-dereference --null --verbatim-files-from -T ${given.extra} -f ${given.archive}
fi
rm -f ${given.extra}
echo "$n"
`;
