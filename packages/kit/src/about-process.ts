/** What every service says of itself with its heartbeat. */
const startedAt = Math.round(performance.timeOrigin);

/** The process that speaks, with what only this service knows. */
export const aboutProcess = <Own extends object>(own: Own) => ({
  pid: process.pid,
  startedAt,
  node: process.version,
  mem: process.memoryUsage.rss(),
  ...own,
});
