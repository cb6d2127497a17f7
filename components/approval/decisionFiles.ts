import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { ACTIONS, type Decision, type Decisions } from "./decision";

const decisionSchema = z.object({
  action: z.enum(ACTIONS),
  by: z.string(),
  at: z.iso.datetime(),
  reason: z.string().optional(),
});

/**
 * Decisions as files below `<root>/decisions`: a folder for each cutover and a file for each decision, so that two people who
 * decide at the same moment cannot overwrite each other. Only their owner can read them.
 */
export class DecisionFiles implements Decisions {
  constructor(private readonly root: string) {}

  /** What cannot be read might be a no. It is passed over only beside one that is a no already, so that an abort always counts. */
  async read(cutoverId: string): Promise<Decision[]> {
    const folder = this.folderOf(cutoverId);
    const files = (await namesIn(folder)).map((name) => join(folder, name));
    const found = await Promise.allSettled(files.map(readDecision));
    const decisions = found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const bad = found.find((one) => one.status === "rejected");
    if (bad !== undefined && !decisions.some(({ action }) => action === "abort" || action === "reject"))
      throw bad.reason as Error;
    return decisions.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  }

  async write(cutoverId: string, decision: Decision): Promise<void> {
    const folder = this.folderOf(cutoverId);
    const checked = decisionSchema.parse(decision);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const name = `${decision.at.replace(/[-:.]/g, "")}-${randomBytes(4).toString("hex")}.json`;
    await writeFileAtomic(join(folder, name), `${JSON.stringify(checked, null, 2)}\n`, { mode: 0o600 });
  }

  /** Removes what was decided about a cutover that has ended; its record says who decided what. */
  async forget(cutoverId: string): Promise<void> {
    await rm(this.folderOf(cutoverId), { recursive: true, force: true });
  }

  private folderOf(cutoverId: string): string {
    // It comes from a command line, and names a folder here.
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/.test(cutoverId)) {
      throw new Error(`${JSON.stringify(cutoverId)} is not the id of a cutover; \`bluegreen history\` lists them`);
    }
    return join(this.root, "decisions", cutoverId);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(".json"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function readDecision(file: string): Promise<Decision> {
  try {
    const { reason, ...decision } = decisionSchema.parse(JSON.parse(await readFile(file, "utf8")));
    return { ...decision, ...(reason === undefined ? {} : { reason }) };
  } catch (error) {
    const problem = error instanceof z.ZodError ? "it is not a decision" : (error as Error).message;
    throw new Error(`the decision ${file} cannot be read: ${problem}. Remove it and decide again.`);
  }
}
