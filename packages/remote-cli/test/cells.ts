/** Whether this machine can run cells; tests of them are skipped, with this reason, where it cannot. */
import { spawnSync } from "node:child_process";

const argv = ["--unshare-all", "--unshare-user", "--ro-bind", "/", "/", "--proc", "/proc", "--", "true"];
export const hasCells = spawnSync("bwrap", argv).status === 0;
if (!hasCells) process.stderr.write("skipped: bubblewrap does not work on this machine\n");
