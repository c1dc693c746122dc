/**
 * The checks of a pull request as JSON. gh of Debian 12 prints them as text only, so the same question is asked through
 * its `api` command: one fixed query, and a fixed program that forms the rows as newer ones of gh do.
 */

const QUERY =
  `query($owner:String!,$repo:String!,$number:Int!){repository(owner:$owner,name:$repo){pullRequest(number:$number){
commits(last:1){nodes{commit{statusCheckRollup{contexts(first:100){nodes{__typename
...on CheckRun{name status conclusion startedAt completedAt detailsUrl checkSuite{workflowRun{event workflow{name}}}}
...on StatusContext{context state targetUrl description createdAt}}}}}}}}}}`.replaceAll("\n", " ");

const ROWS = `[.data.repository.pullRequest.commits.nodes[].commit.statusCheckRollup.contexts.nodes[]?
| if .__typename=="CheckRun" then {name:.name,state:(if .status=="COMPLETED" then .conclusion else .status end),
link:.detailsUrl,description:"",workflow:(.checkSuite.workflowRun.workflow.name // ""),event:(.checkSuite.workflowRun.event // ""),
startedAt:.startedAt,completedAt:.completedAt}
else {name:.context,state:.state,link:(.targetUrl // ""),description:(.description // ""),workflow:"",event:"",
startedAt:.createdAt,completedAt:.createdAt} end
| .bucket=(.state as $s | if $s=="SUCCESS" then "pass" elif $s=="SKIPPED" or $s=="NEUTRAL" then "skipping"
elif $s=="CANCELLED" then "cancel"
elif $s=="ERROR" or $s=="FAILURE" or $s=="TIMED_OUT" or $s=="ACTION_REQUIRED" then "fail" else "pending" end)]
| group_by([.name,.workflow,.event]) | map(max_by(.startedAt // ""))`.replaceAll("\n", " ");

const KNOWN = new Set("name state bucket link description workflow event startedAt completedAt".split(" "));

/** The names that nothing is known about. */
export const unknownCheckFields = (fields: string) => fields.split(",").filter((name) => !KNOWN.has(name));

/** The words that print the chosen fields of the newest run of each check. */
export function checksArgv(place: { owner: string; repo: string }, number: string, fields: string): string[] {
  const { owner, repo } = place;
  return [
    "api",
    "graphql",
    `--raw-field=query=${QUERY}`,
    `--raw-field=owner=${owner}`,
    `--raw-field=repo=${repo}`,
    `--field=number=${number}`,
    `--jq=${ROWS} | map({${fields}})`,
  ];
}
