/** What GitHub knows: the App, its installation, repositories, and the tokens it handed out. */
import { createPublicKey, createVerify, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import type { Collection } from "../world/store.ts";
import type { World } from "../world/world.ts";

export const Token = z.object({
  token: z.string(),
  installationId: z.number(),
  /** Full names. */
  repositories: z.array(z.string()),
  permissions: z.record(z.string(), z.enum(["read", "write"])),
  expiresAt: z.number(),
});
export type Token = z.infer<typeof Token>;

export const Repository = z.object({
  id: z.number(),
  owner: z.string(),
  name: z.string(),
  directory: z.string(),
  defaultBranch: z.string(),
  /** Set on a fork: the full name of what it was forked from. Forks are not the installation's. */
  parent: z.string().optional(),
  isDeleted: z.boolean(),
});
export type Repository = z.infer<typeof Repository>;

interface App {
  id: number;
  slug: string;
  botId: number;
  installationId: number;
  permissions: Readonly<Record<string, "read" | "write">>;
  privateKeyFile: string;
  publicKey: KeyObject;
}

export interface Hub {
  app: App;
  /** Grows with forks. */
  repositories: Repository[];
  forks: Collection<Repository>;
  isSuspended: boolean;
  tokens: Collection<Token>;
  webhookSecret: string;
}

const APP_ID = 424_242;
const BOT_ID = 41_898_282;
const INSTALLATION_ID = 51_515_151;
const OWNER = "acme";

/** The App's key pair, made on first start and kept; the private half is for Thor only. */
function openKey(directory: string): Pick<App, "privateKeyFile" | "publicKey"> {
  const privateKeyFile = join(directory, "app.private-key.pem");
  if (!existsSync(privateKeyFile)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(privateKeyFile, privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
  }
  return { privateKeyFile, publicKey: createPublicKey(readFileSync(privateKeyFile)) };
}

interface HubOptions {
  slug: string;
  webhookSecret: string;
  repositories: readonly string[];
}

/** A repository with its place on disk. */
export function repositoryAt(
  directory: string,
  { id, owner, name, parent }: Pick<Repository, "id" | "owner" | "name"> & { parent?: string },
): Repository {
  const place = join(directory, "git", owner, `${name}.git`);
  const base = { id, owner, name, defaultBranch: "main", directory: place, isDeleted: false };
  return parent === undefined ? base : { ...base, parent };
}

/** What the App is installed on. */
export const installedOf = ({ repositories }: Hub) => repositories.filter(({ parent }) => parent === undefined);

export function openHub(world: World, directory: string, options: HubOptions): Hub {
  const forks = world.store.collection("github.forks", Repository);
  const own = options.repositories.map((name, index) =>
    repositoryAt(directory, { id: 1001 + index, owner: OWNER, name }),
  );
  return {
    app: {
      id: APP_ID,
      slug: options.slug,
      botId: BOT_ID,
      installationId: INSTALLATION_ID,
      permissions: {
        contents: "write",
        metadata: "read",
        issues: "write",
        pull_requests: "write",
        checks: "read",
        actions: "read",
        statuses: "read",
      },
      ...openKey(directory),
    },
    repositories: [...own, ...forks.all()],
    forks,
    isSuspended: false,
    tokens: world.store.collection("github.tokens", Token),
    webhookSecret: options.webhookSecret,
  };
}

export function findRepository(hub: Hub, owner: string, name: string): Repository | undefined {
  const plain = name.replace(/\.git$/, "").toLowerCase();
  return hub.repositories.find((row) => row.owner === owner.toLowerCase() && row.name === plain && !row.isDeleted);
}

export const fullName = ({ owner, name }: Repository) => `${owner}/${name}`;

const Claims = z.object({ iss: z.union([z.string(), z.number()]), iat: z.number(), exp: z.number() });
const MAX_JWT_S = 600;
const CLOCK_SLACK_S = 60;

function jsonPart(part: string | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(part ?? "", "base64url").toString());
  } catch {
    return undefined;
  }
}

/** Why an App's JWT is refused, in GitHub's words; undefined when it is good. */
export function jwtFault({ app }: Hub, jwt: string, nowMs: number): string | undefined {
  const [header, payload, proof] = jwt.split(".");
  const claims = Claims.safeParse(jsonPart(payload));
  const algorithm = z.object({ alg: z.literal("RS256") }).safeParse(jsonPart(header));
  if (!claims.success || !algorithm.success || proof === undefined) return "A JSON web token could not be decoded";
  const isSigned = createVerify("RSA-SHA256")
    .update(`${header}.${payload}`)
    .verify(app.publicKey, Buffer.from(proof, "base64url"));
  if (!isSigned) return "A JSON web token could not be decoded";
  const now = nowMs / 1000;
  const { iss, iat, exp } = claims.data;
  if (String(iss) !== String(app.id)) return "'Issuer' claim ('iss') must be an Integer or the App's client ID";
  if (iat > now + CLOCK_SLACK_S)
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  if (exp <= now)
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  if (exp > now + MAX_JWT_S + CLOCK_SLACK_S) return "'Expiration time' claim ('exp') is too far in the future";
  return undefined;
}

/** The live token that an Authorization header carries, as git's Basic or as Bearer. */
export function tokenOf(hub: Hub, authorization: string | undefined, now: number): Token | undefined {
  const [scheme = "", value = ""] = (authorization ?? "").split(" ");
  const isBasic = scheme.toLowerCase() === "basic";
  const [user, password] = isBasic ? Buffer.from(value, "base64").toString().split(":") : ["x-access-token", value];
  if (user !== "x-access-token" || password === undefined) return undefined;
  const token = hub.tokens.get(password);
  return token !== undefined && token.expiresAt > now ? token : undefined;
}
