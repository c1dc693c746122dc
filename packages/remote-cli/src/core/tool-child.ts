import type { ChildLimits } from "./limits.ts";

/** A program to start, and who takes what it prints. */
export interface ToolChild extends ChildLimits {
  bin: string;
  argv: readonly string[];
  /** On top of what every child has. */
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
  onStdout: (chunk: Uint8Array) => void;
  onStderr: (chunk: Uint8Array) => void;
}
