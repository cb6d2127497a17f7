import { open, readdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Slot } from "../../../model/words";
import { LOG_DIRECTORY } from "./status";

export interface LogLine {
  /** When it came. Unit: milliseconds since the epoch. */
  at: number;
  /** Who wrote it: slot and index, such as `blue-0`. */
  instance: string;
  text: string;
}

export interface LogQuery {
  slot: Slot;
  /** Only lines since then. Unit: milliseconds since the epoch. */
  sinceMs: number;
  /**
   * At most so much of the logs is returned: the newest lines. Unit: bytes.
   * @default 8 MiB
   */
  maxBytes?: number;
}

const MAX_BYTES = 8 * 1024 ** 2;
/** What a line has besides its text: the time, a blank and its end. */
const STAMP_BYTES = 26;

/**
 * The lines a slot's instances have logged since a time, oldest first, across rotations. None when there is no log yet.
 *
 * @param dir The supervisor's directory.
 */
export async function readLogs(dir: string, query: LogQuery): Promise<LogLine[]> {
  const directory = join(dir, LOG_DIRECTORY);
  const { slot, sinceMs, maxBytes = MAX_BYTES } = query;
  const instances = await instancesWithLogs(directory, slot);
  const each = await Promise.all(instances.map((instance) => readInstance(directory, instance, sinceMs, maxBytes)));
  const lines = each.flat().sort((a, b) => a.at - b.at);
  let room = maxBytes;
  const first = lines.findLastIndex(({ text }) => (room -= STAMP_BYTES + Buffer.byteLength(text)) < 0) + 1;
  return lines.slice(first);
}

/** `blue-0`, `blue-1`, … */
async function instancesWithLogs(directory: string, slot: Slot): Promise<string[]> {
  const pattern = new RegExp(`^(${slot}-\\d+)\\.log(?:\\.\\d+)?$`);
  const names = (await orUndefined(readdir(directory))) ?? [];
  return [...new Set(names.flatMap((name) => pattern.exec(name)?.[1] ?? []))];
}

async function readInstance(dir: string, instance: string, sinceMs: number, maxBytes: number): Promise<LogLine[]> {
  const files = await openAll(join(dir, `${instance}.log`));
  try {
    const parts: LogLine[][] = [];
    let room = maxBytes;
    for (const file of files) {
      if (room <= 0) break;
      const text = await readEnd(file, room);
      room -= Buffer.byteLength(text);
      const lines = text.split("\n").flatMap((line) => parse(line, instance));
      parts.unshift(lines.filter(({ at }) => at >= sinceMs));
      if ((lines[0]?.at ?? sinceMs) < sinceMs) break;
    }
    return parts.flat();
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/**
 * The log and its rotated ones, newest first. All are opened before any is read; when a rotation comes in between, one
 * file is met under two names, and counts once.
 */
async function openAll(newest: string): Promise<FileHandle[]> {
  const files: FileHandle[] = [];
  const seen = new Set<bigint>();
  // While a rotation is under way one name is missing for a moment; two in a row are the end.
  for (let index = 0, missing = 0; missing < 2; index += 1) {
    const file = await orUndefined(open(index === 0 ? newest : `${newest}.${index}`));
    missing = file === undefined ? missing + 1 : 0;
    if (file === undefined) continue;
    const { ino } = await file.stat({ bigint: true });
    if (seen.has(ino)) await file.close();
    else files.push(file);
    seen.add(ino);
  }
  return files;
}

async function readEnd(file: FileHandle, atMost: number): Promise<string> {
  const { size } = await file.stat();
  const length = Math.min(size, atMost);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  const text = buffer.toString("utf8", 0, bytesRead);
  // Of the first line only the end may have been read; of the last one only the beginning may have been written.
  return text.slice(length < size ? text.indexOf("\n") + 1 : 0, text.lastIndexOf("\n") + 1);
}

function parse(line: string, instance: string): LogLine[] {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (.*)$/s.exec(line);
  return match === null ? [] : [{ at: Date.parse(match[1] ?? ""), instance, text: match[2] ?? "" }];
}

async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
