import { createMetabaseClient } from "../adapters/metabase-client.ts";
import { createNoteFiles } from "../adapters/note-files.ts";
import { createSqlParser } from "../adapters/sql-parser.ts";
import { createToolRunner } from "../adapters/tool-runner.ts";
import { createMemoryDecide } from "../flows/memory/decide.ts";
import { createMetabaseDecide } from "../flows/metabase/decide.ts";
import { createAwsDecide } from "../flows/tool/aws.ts";
import { createPsqlDecide } from "../flows/tool/psql.ts";
import { createRunTool } from "../flows/tool/run-tool.ts";
import { createLdcliDecide, createScoutqaDecide } from "../flows/tool/service-tools.ts";
import type { Parts } from "./parts.ts";

/** The tools that need no repository: databases, other companies' services, notes about people. */
export function createToolSides({ config, view, confine, runChild }: Parts) {
  const { workspace, path, callsDirectory, integrations: variables, isProduction, metabaseCaFile } = config;
  const run = createRunTool(createToolRunner({ path, callsDirectory, confine, runChild }));
  const sql = createSqlParser();
  return {
    psql: createPsqlDecide({ variables, sql, run }),
    metabase: createMetabaseDecide({ variables, isProduction, sql, apiFor: createMetabaseClient(metabaseCaFile) }),
    aws: createAwsDecide({ variables, run }),
    ldcli: createLdcliDecide({ variables, run }),
    scoutqa: createScoutqaDecide({ variables, run }),
    memory: createMemoryDecide({
      users: () => view.current().admission.users,
      maxBytesPerFile: () => view.current().operational.memory.maxBytesPerFile,
      files: createNoteFiles({ private: `${workspace}/memory-private`, shared: `${workspace}/memory` }),
    }),
  };
}
