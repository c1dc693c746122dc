/**
 * A shell around a program that does not watch its parent: the program ends with the pipe on standard input,
 * and a signal to the shell reaches the program. The shell leads the process group.
 */
const GUARD = `exec 3<&0
( cat <&3 >/dev/null; kill -KILL 0 ) &
watcher=$!
"$@" </dev/null 3<&- &
child=$!
trap 'kill -TERM $child 2>/dev/null' TERM INT HUP
wait $child
code=$?
kill $watcher 2>/dev/null
exit $code`;

/** The command line under which a program dies with its supervisor. */
export const guarded = (command: readonly string[]): readonly string[] => ["/bin/sh", "-c", GUARD, "guard", ...command];
