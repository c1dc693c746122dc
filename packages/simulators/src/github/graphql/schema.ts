/** GitHub's published schema: every query is checked against it, as GitHub does. */
import { buildASTSchema, type GraphQLSchema, OverlappingFieldsCanBeMergedRule, parse, specifiedRules } from "graphql";

let loaded: Promise<GraphQLSchema> | undefined;

async function load(): Promise<GraphQLSchema> {
  const { schema } = await import("@octokit/graphql-schema");
  const document = parse(schema.idl, { noLocation: true });
  return buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
}

/** Read on first use: it is large, and most worlds never need it. */
export const githubSchema = (): Promise<GraphQLSchema> => (loaded ??= load());

/** GitHub lets fragments of one selection use a name for fields of different types; `gh` relies on that. */
export const RULES = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);
