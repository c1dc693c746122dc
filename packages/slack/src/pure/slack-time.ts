const DAY_MS = 86_400_000;
const twoDigits = (n: number) => String(Math.floor(n)).padStart(2, "0");

/** The time of day as each reader's Slack shows it; elsewhere in UTC. Takes milliseconds since the epoch. */
export function slackTime(at: number): string {
  const minutes = (at % DAY_MS) / 60_000;
  return `<!date^${Math.floor(at / 1000)}^{time}|${twoDigits(minutes / 60)}:${twoDigits(minutes % 60)} UTC>`;
}
