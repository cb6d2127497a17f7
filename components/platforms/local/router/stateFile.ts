import { copyFileSync, linkSync, readFileSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { type RouteState, routeStateSchema } from "./state";

/** The route on disk cannot be trusted. The router refuses to start rather than guess who should serve. */
export class CorruptState extends Error {
  constructor(path: string, found: string) {
    super(
      `${path} cannot be read as a route: ${found}\n` +
        `The router does not start, so that it never sends traffic to the wrong slot.\n` +
        `\`bluegreen repair\` puts the route of the last record back. ${path}.bak holds the state before the last write, ` +
        `which may have been an unconfirmed one: look at its weights and its transaction before you use it.`,
    );
    this.name = "CorruptState";
  }
}

/** `route.json`, the committed route, and `route.json.bak`, the one before. */
export class StateFile {
  readonly path: string;

  constructor(private readonly dir: string) {
    this.path = join(dir, "route.json");
  }

  /** The committed state; undefined when there never was one. @throws CorruptState */
  read(): RouteState | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      throw new CorruptState(this.path, text === "" ? "it is empty" : (error as Error).message);
    }
    const parsed = routeStateSchema.safeParse(json);
    if (!parsed.success) throw new CorruptState(this.path, z.prettifyError(parsed.error));
    return parsed.data;
  }

  /** Returns once the state would survive a power cut. */
  async write(state: RouteState): Promise<void> {
    this.keepPrevious();
    await writeFileAtomic(this.path, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600, fsync: true });
    // The rename itself is durable only once the folder is synced.
    const folder = await open(this.dir, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  private keepPrevious(): void {
    const fresh = `${this.path}.bak.new`;
    rmSync(fresh, { force: true });
    try {
      linkSync(this.path, fresh);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return;
      copyFileSync(this.path, fresh); // a file system without hard links
    }
    renameSync(fresh, `${this.path}.bak`);
  }
}
