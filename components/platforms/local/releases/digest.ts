import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { contentsOf, type Entry, type Limits } from "./contents";

/** Up to this size a file is read at once, which is faster; above it is streamed. Unit: bytes. */
const SMALL = 1024 * 1024;
const FILES_A_TURN = 64;

export interface DigestOptions {
  /** Patterns as in a .gitignore file, in addition to those that are always excluded. */
  exclude?: readonly string[];
  /** For tests. */
  limits?: Limits;
}

/**
 * The content hash of a release's directory, `sha256:<hex>`: over relative paths, file contents, whether a file is executable,
 * targets of links, and empty directories. Times and owners do not count, so every clone has the same.
 *
 * @throws see {@link contentsOf}.
 */
export async function digestOf(directory: string, options: DigestOptions = {}): Promise<string> {
  const entries = await contentsOf(directory, options.exclude ?? [], options.limits);
  return digestOfEntries(directory, entries);
}

/** The same for contents that were listed already. */
async function digestOfEntries(directory: string, entries: readonly Entry[]): Promise<string> {
  const total = createHash("sha256");
  let read = 0;
  for (const entry of entries) {
    const content = entry.kind === "file" ? await hashFile(join(directory, entry.path), entry.size) : "";
    total.update(`${JSON.stringify(line(entry, content))}\n`);
    // Synchronous reads are several times as fast for the many small files of node_modules; others get their turn between.
    read += 1;
    if (read % FILES_A_TURN === 0) await setImmediate();
  }
  return `sha256:${total.digest("hex")}`;
}

function line(entry: Entry, content: string): string[] {
  switch (entry.kind) {
    case "file":
      return ["file", entry.path, entry.executable ? "x" : "-", content];
    case "link":
      return ["link", entry.path, entry.target];
    case "directory":
      return ["directory", entry.path];
  }
}

async function hashFile(file: string, size: number): Promise<string> {
  const hash = createHash("sha256");
  if (size <= SMALL) hash.update(readFileSync(file));
  else await pipeline(createReadStream(file, { highWaterMark: SMALL }), hash);
  return hash.digest("hex");
}
