import type { User } from "./schema/people.ts";

/** The name of a person's note file: what `memory` says, else made from the e-mail. */
export const memorySlugOf = ({ memory, email }: Pick<User, "memory" | "email">) =>
  memory ?? (email.split("@")[0] ?? "").toLowerCase().replaceAll(/[^a-z0-9._-]/g, "-");
