import { existsSync, readFileSync } from "node:fs";

interface Checkpoint {
  checkpoint: { latest?: { resources?: { type: string; outputs?: Record<string, unknown> }[] } };
}

/** A stack's outputs out of the file that the file backend keeps; secret ones are encrypted. Empty when there are none yet. */
export function outputsIn(stateFile: string): Record<string, unknown> {
  if (!existsSync(stateFile)) return {};
  const { checkpoint } = JSON.parse(readFileSync(stateFile, "utf8")) as Checkpoint;
  const root = checkpoint.latest?.resources?.find((resource) => resource.type === "pulumi:pulumi:Stack");
  return root?.outputs ?? {};
}
