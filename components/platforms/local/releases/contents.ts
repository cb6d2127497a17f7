import { lstatSync, readdirSync, readlinkSync, type Dirent } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { setImmediate } from "node:timers/promises";
import ignore, { type Ignore } from "ignore";

/** Never part of a release: history, this project's own state and stack settings, and what Python leaves behind when it runs. */
export const ALWAYS_EXCLUDED = [".git", ".bluegreen", "Pulumi.*.yaml", "__pycache__"];

export interface Limits {
  /** Unit: bytes. */
  maxBytes: number;
  maxFiles: number;
}

/** Above this a directory is hardly meant to be one release, and every deployment would read all of it. */
export const LIMITS: Limits = { maxBytes: 2 * 1024 ** 3, maxFiles: 200_000 };

/** One thing in a release. Paths are relative, with `/`. A directory is listed when nothing else in it is. */
export type Entry =
  | { kind: "file"; path: string; executable: boolean; size: number }
  | { kind: "link"; path: string; target: string }
  | { kind: "directory"; path: string };

/**
 * What a release's directory holds, sorted by path. Sockets, pipes and devices are no content and are left out.
 *
 * @param exclude Patterns as in a .gitignore file, in addition to those that are always excluded.
 * @throws when it is not a directory, above the limits, or holds a relative link that leads out of it.
 */
export async function contentsOf(directory: string, exclude: readonly string[], limits = LIMITS): Promise<Entry[]> {
  const excluded = matcher(exclude);
  const size = new Size(directory, limits);
  const entries: Entry[] = [];
  // Breadth first, so that what is too large is known to be so before all of it was read.
  const folders = [""];
  for (const folder of folders) {
    const names = list(directory, folder);
    const wanted = names.filter((name) => !excluded.ignores(folder + name.name + (name.isDirectory() ? "/" : "")));
    if (wanted.length === 0 && folder !== "") entries.push({ kind: "directory", path: folder.slice(0, -1) });
    for (const name of wanted) {
      if (name.isDirectory()) folders.push(`${folder}${name.name}/`);
      else {
        const entry = read(directory, folder + name.name, name);
        if (entry === undefined) continue;
        size.add(entry);
        entries.push(entry);
      }
    }
    // Synchronous calls are several times as fast here; others get their turn between.
    await setImmediate();
  }
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function matcher(exclude: readonly string[]): Ignore {
  // Names differ by case on the systems releases run on, whatever git's default is.
  const patterns = [...ALWAYS_EXCLUDED, ...exclude].map((pattern) => pattern.replace(/^\.\//, "/"));
  return ignore({ ignorecase: false }).add(patterns);
}

function list(directory: string, folder: string): Dirent[] {
  try {
    return readdirSync(join(directory, folder), { withFileTypes: true });
  } catch (error) {
    if (folder !== "") throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const found = code === "ENOENT" ? "is not there" : code === "ENOTDIR" ? "is not a directory" : message;
    throw new Error(`the release's directory ${directory} ${found}`, { cause: error });
  }
}

function read(directory: string, path: string, name: Dirent): Entry | undefined {
  const full = join(directory, path);
  if (name.isFile()) {
    const { mode, size } = lstatSync(full);
    return { kind: "file", path, executable: (mode & 0o100) !== 0, size };
  }
  if (!name.isSymbolicLink()) return undefined;
  const target = readlinkSync(full);
  refuseEscape(directory, path, target);
  return { kind: "link", path, target };
}

/** An absolute link to the system (a Python environment's interpreter) is fine; these two would not be what they are here. */
function refuseEscape(directory: string, path: string, target: string): void {
  const root = resolve(directory);
  const inside = isInside(root, resolve(dirname(join(root, path)), target));
  if (isAbsolute(target) ? !inside : inside) return;
  const why = inside
    ? "an absolute link into the same directory, so the copy that runs would still read the original"
    : "it leads out of the directory, so what it points to is no part of the release and not where the copy looks for it";
  throw new Error(
    `the link ${path} → ${target} in ${directory} cannot be released: ${why}. ` +
      `Put the content in its place, or add "/${path}" to \`exclude\`.`,
  );
}

export function isInside(root: string, path: string): boolean {
  const from = relative(root, path);
  return from !== ".." && !from.startsWith(`..${sep}`) && !isAbsolute(from);
}

/** Adds up what was found, and stops the search when it is too much. */
class Size {
  private bytes = 0;
  private files = 0;
  private readonly tops = new Map<string, { bytes: number; files: number }>();

  constructor(
    private readonly directory: string,
    private readonly limits: Limits,
  ) {}

  add(entry: Entry): void {
    const bytes = entry.kind === "file" ? entry.size : 0;
    const top = entry.path.split("/", 1)[0] ?? entry.path;
    const sum = this.tops.get(top) ?? { bytes: 0, files: 0 };
    this.tops.set(top, { bytes: sum.bytes + bytes, files: sum.files + 1 });
    this.bytes += bytes;
    this.files += 1;
    if (this.bytes > this.limits.maxBytes) this.refuse("bytes", this.limits.maxBytes, mebibytes);
    if (this.files > this.limits.maxFiles) this.refuse("files", this.limits.maxFiles, (count) => `${count} files`);
  }

  private refuse(by: "bytes" | "files", limit: number, show: (amount: number) => string): never {
    const [name, most] = [...this.tops].sort(([, a], [, b]) => b[by] - a[by])[0] ?? ["", { bytes: 0, files: 0 }];
    throw new Error(
      `the release's directory ${this.directory} holds more than ${show(limit)}, too much for a release. ` +
        `Most of what was counted by then is in ${name} (${show(most[by])}). ` +
        `Name the application's own folder as \`directory\`, or add what need not run, such as "/${name}", to \`exclude\`.`,
    );
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(bytes < 10 * 1024 ** 2 ? 1 : 0)} MiB`;
}
