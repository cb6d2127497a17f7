import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { CutoverRecord } from "../../model/record";

/** The deployment history of one service: a JSON file a record, named by its id, so that names sort by time. */
export class Records {
  constructor(private readonly directory: string) {}

  async save(record: CutoverRecord, keep: number): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    await writeFileAtomic(join(this.directory, `${record.id}.json`), JSON.stringify(record, null, 2), { mode: 0o600 });
    const names = await this.names();
    if (names.length <= keep) return;
    const kept = new Set(names.slice(0, keep));
    // The newest promotion says which slot is the standby: it stays however many failures came after it.
    const promoted = (await this.list()).find((other) => other.completion === "Promoted");
    if (promoted !== undefined) kept.add(`${promoted.id}.json`);
    await Promise.all(
      names.filter((name) => !kept.has(name)).map((name) => rm(join(this.directory, name), { force: true })),
    );
  }

  /** Newest first. */
  async list(): Promise<CutoverRecord[]> {
    const names = await this.names();
    return Promise.all(
      names.map(async (name) => {
        const file = join(this.directory, name);
        try {
          return JSON.parse(await readFile(file, "utf8")) as CutoverRecord;
        } catch (error) {
          throw new Error(
            `record ${file} cannot be read: ${(error as Error).message}. Move it away to go on without it.`,
          );
        }
      }),
    );
  }

  /** Puts the history of a route that is deleted aside: it says nothing about one that is made later. */
  async archive(now: Date): Promise<void> {
    const names = await this.names();
    if (names.length === 0) return;
    const folder = join(this.directory, `until-${now.toISOString().replace(/[-:.]/g, "")}`);
    await mkdir(folder, { mode: 0o700 });
    await Promise.all(names.map((name) => rename(join(this.directory, name), join(folder, name))));
  }

  private async names(): Promise<string[]> {
    try {
      return (await readdir(this.directory))
        .filter((name) => name.endsWith(".json"))
        .sort()
        .reverse();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }
}
