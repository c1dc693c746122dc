/** Shapes that are nothing but a credential. */
const SHAPES: readonly (readonly [kind: string, shape: RegExp])[] = [
  ["AWS key", /\b(AKIA|ASIA)[0-9A-Z]{16}\b/],
  ["GitHub token", /\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/],
  ["Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}/],
  ["OpenAI key", /\bsk-[A-Za-z0-9_-]{20,}/],
  ["Google key", /\bAIza[0-9A-Za-z_-]{35}\b/],
  ["Stripe key", /\b[rs]k_(live|test)_[0-9A-Za-z]{16,}/],
  ["Daytona key", /\bdtn_[0-9a-f]{32,}/],
  ["private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["JSON web token", /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/],
  ["URL with a password", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/:@]+@[^\s/]+/i],
];

/** The kind of the first credential in `text` that its shape gives away; never its value. */
export const secretKindIn = (text: string) => SHAPES.find(([, shape]) => shape.test(text))?.[0];

const PRIVATE_KEY_END = String.raw`[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)`;

/** Puts `[redacted:<kind>]` in the place of everything that its shape gives away. */
export function redactSecretShapes(text: string): { text: string; count: number } {
  let count = 0;
  const clean = (before: string, [kind, shape]: (typeof SHAPES)[number]) => {
    const whole = kind === "private key" ? shape.source + PRIVATE_KEY_END : shape.source;
    return before.replaceAll(new RegExp(whole, `g${shape.flags}`), () => {
      count += 1;
      return `[redacted:${kind}]`;
    });
  };
  return { text: SHAPES.reduce(clean, text), count };
}
