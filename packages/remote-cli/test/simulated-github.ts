import type { SimulatorFacts } from "@thor/simulators/start";

/** What points remote-cli at the simulated GitHub. */
export const simulatedGithub = ({ github }: SimulatorFacts) => ({
  GITHUB_APP_ID: String(github.appId),
  GITHUB_APP_SLUG: github.appSlug,
  GITHUB_APP_BOT_ID: String(github.botId),
  GITHUB_APP_PRIVATE_KEY_FILE: github.privateKeyFile,
  GITHUB_API_URL: github.apiUrl,
  GITHUB_HOST: new URL(github.gitUrl).host,
  GITHUB_CA_FILE: github.caFile,
});
