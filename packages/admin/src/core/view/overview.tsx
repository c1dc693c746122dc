import { escapeHtml } from "@kitajs/html";

export interface Overview {
  waiting: number;
  dead: number;
  unsentPromises: number;
  failedPromises: number;
  runs: { id: string; name: string; status: string; elapsedMs: number; tools: number }[];
}

const MS_PER_MINUTE = 60_000;

const Text = ({ value }: { value: string | number }) => <span>{escapeHtml(String(value))}</span>;

const RunRow = ({ run }: { run: Overview["runs"][number] }) => (
  <tr>
    <td>
      <Text value={run.name} />
    </td>
    <td>
      <Text value={run.status} />
    </td>
    <td>
      <Text value={`${Math.floor(run.elapsedMs / MS_PER_MINUTE)} min`} />
    </td>
    <td>
      <Text value={run.tools} />
    </td>
  </tr>
);

const Figure = ({ name, value }: { name: string; value: number }) => (
  <p>
    <Text value={name} />:{" "}
    <strong>
      <Text value={value} />
    </strong>
  </p>
);

/** The queue and the runs in hand; nothing on this page changes anything. */
export const OverviewPage = ({ waiting, dead, unsentPromises, failedPromises, runs }: Overview) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>Thor</title>
      <link rel="stylesheet" href="/admin/assets/page.css" />
    </head>
    <body>
      <h1>Thor</h1>
      <Figure name="Requests waiting" value={waiting} />
      <Figure name="Dead letters" value={dead} />
      <Figure name="Promises not yet sent" value={unsentPromises} />
      <Figure name="Promises failed" value={failedPromises} />
      <h2>Runs in hand</h2>
      {runs.length === 0 ? (
        <p>Nothing runs right now.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>Conversation</th>
              <th>State</th>
              <th>Elapsed</th>
              <th>Tool calls</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <RunRow run={run} />
            ))}
          </tbody>
        </table>
      )}
    </body>
  </html>
);
