import { mkdir, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import type { Journal, OutboxStore } from "./journal";

const journalSchema = z.object({
  version: z.literal(1),
  entries: z.array(
    z.object({
      event: z.looseObject({
        cutover: z.string(),
        sequence: z.number(),
        transition: z.string(),
        event: z.string(),
        at: z.string(),
      }),
      waiting: z.array(z.string()),
    }),
  ),
});

/** Keeps an outbox's journal in a file that only its owner can read. */
export class OutboxFile implements OutboxStore {
  constructor(private readonly file: string) {}

  /** A file that is no journal is moved aside, so that it cannot stop later news from being kept. */
  async load(): Promise<Journal | undefined> {
    let text: string;
    try {
      text = await readFile(this.file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    const journal = journalOf(text);
    if (journal === undefined) await rename(this.file, `${this.file}.unreadable`);
    return journal;
  }

  async save(journal: Journal): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    await writeFileAtomic(this.file, JSON.stringify(journal), { mode: 0o600 });
  }
}

function journalOf(text: string): Journal | undefined {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { success, data } = journalSchema.safeParse(found);
  return success ? (data as unknown as Journal) : undefined;
}
