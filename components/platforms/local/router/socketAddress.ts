import { createHash } from "node:crypto";
import { lstatSync, readlinkSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with the end mark. */
const LONGEST = 103;

/**
 * A path by which a unix socket can be bound or reached. The system's limit is shorter than many project folders, so a
 * long path goes by a link in the temporary folder. The socket itself stays where it was asked for.
 */
export function socketAddress(path: string): string {
  const wanted = resolve(path);
  if (Buffer.byteLength(wanted) <= LONGEST) return wanted;
  const folder = dirname(wanted);
  const uid = process.getuid?.() ?? 0;
  const link = join(tmpdir(), `bluegreen-${uid}-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`);
  try {
    symlinkSync(folder, link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // The temporary folder is everybody's: a link that somebody else put there must not lead anywhere.
    const found = lstatSync(link);
    if (!found.isSymbolicLink() || found.uid !== uid || readlinkSync(link) !== folder)
      throw new Error(`${link} is in the way of the control socket ${wanted}: remove it, or choose a shorter folder`, {
        cause: error,
      });
  }
  return join(link, basename(wanted));
}
