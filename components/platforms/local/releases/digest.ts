import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { contentsOf, type Entry, type Limits } from "./contents";
import { inParallel } from "./inParallel";

/** Up to this size a file is read at once, which is faster; above it is streamed. Unit: bytes. */
const SMALL = 1024 * 1024;

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
export async function digestOfEntries(directory: string, entries: readonly Entry[]): Promise<string> {
  const files = new Map<string, string>();
  await inParallel(
    entries.filter((entry) => entry.kind === "file"),
    async ({ path, size }) => void files.set(path, await hashFile(join(directory, path), size)),
  );
  const total = createHash("sha256");
  for (const entry of entries) total.update(`${JSON.stringify(line(entry, files))}\n`);
  return `sha256:${total.digest("hex")}`;
}

function line(entry: Entry, files: Map<string, string>): string[] {
  switch (entry.kind) {
    case "file":
      return ["file", entry.path, entry.executable ? "x" : "-", files.get(entry.path) ?? ""];
    case "link":
      return ["link", entry.path, entry.target];
    case "directory":
      return ["directory", entry.path];
  }
}

async function hashFile(file: string, size: number): Promise<string> {
  const hash = createHash("sha256");
  if (size <= SMALL) hash.update(await readFile(file));
  else await pipeline(createReadStream(file, { highWaterMark: SMALL }), hash);
  return hash.digest("hex");
}
