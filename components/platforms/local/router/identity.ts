import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isAlive } from "../process/identity";

/** `router.pid.json`: the process that serves a folder. A pid alone may by now belong to another one. */
const identitySchema = z.object({
  pid: z.number().int().min(1),
  startTime: z.string().min(1),
  startedAt: z.string(),
});
export type RouterIdentity = z.infer<typeof identitySchema>;

export function identityPath(dir: string): string {
  return join(dir, "router.pid.json");
}

/** The router that was last started in this folder, if it still lives. */
export function livingRouter(dir: string): RouterIdentity | undefined {
  let text: string;
  try {
    text = readFileSync(identityPath(dir), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const parsed = identitySchema.safeParse(parseJson(text));
  return parsed.success && isAlive(parsed.data) ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // half written by a process that was killed: it names no router
  }
}
