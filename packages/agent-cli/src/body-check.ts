/** Stops the usual mistake before it becomes a call: text for `gh` comes from standard input, where no shell changes it. */

const PROSE = ["pr create", "pr comment", "pr review", "issue create", "issue comment"];
const HOW_TO = (
  command: string,
) => `The text of gh ${command} is read from standard input. Write it in a quoted heredoc, so that the shell leaves it alone:

  gh ${command} … --body-file - <<'EOF'
  the text, with \`code\` and $signs as they are
  EOF
`;

/** `-b` and `-F`, alone, with a value attached, or behind flags that take none. */
const SHORT = /^-[acdfrw]*[bF]/;

function hasOwnText(args: readonly string[]): boolean {
  return args.some((arg, at) => {
    if (arg === "--body" || arg.startsWith("--body=") || SHORT.test(arg)) return true;
    if (arg.startsWith("--body-file=")) return arg !== "--body-file=-";
    return arg === "--body-file" && args[at + 1] !== "-";
  });
}

/** What to do instead; nothing when the arguments are fine. */
export function bodyFault(name: string, args: readonly string[]): string | undefined {
  if (name !== "gh") return undefined;
  const command = args.slice(0, 2).join(" ");
  if (args[0] === "api" && args.some((arg) => /(^|=|-[fF])body=/.test(arg))) return HOW_TO("pr comment <number>");
  return PROSE.includes(command) && hasOwnText(args.slice(2)) ? HOW_TO(command) : undefined;
}
