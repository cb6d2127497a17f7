import type { Stack } from "@pulumi/pulumi/automation";

const DIGEST = /sha256:[0-9a-f]{64}/g;

/**
 * The artefact of each release that a stack's state speaks of, by the release's id. The state says what was deployed, and the
 * config only what is wanted now.
 */
export async function artefactsOf(stack: Stack): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  collect((await stack.exportStack()).deployment, found);
  return found;
}

/** Every digest that a stack's state mentions. */
export async function digestsIn(stack: Stack): Promise<string[]> {
  const text = JSON.stringify((await stack.exportStack()).deployment ?? null);
  return [...new Set(text.match(DIGEST) ?? [])];
}

function collect(value: unknown, found: Map<string, string>): void {
  if (typeof value !== "object" || value === null) return;
  const { id, artefact } = value as { id?: unknown; artefact?: unknown };
  if (typeof id === "string" && typeof artefact === "string") found.set(id, artefact);
  for (const child of Object.values(value)) collect(child, found);
}
