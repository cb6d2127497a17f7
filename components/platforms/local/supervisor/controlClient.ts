import { join } from "node:path";
import { Client } from "undici";
import { SOCKET_FILE } from "./status";

/** How a question to a supervisor's socket ended. `absent`: nobody listens there. `silent`: it hung up, or took too long. */
export type Answer = { kind: "answer"; value: unknown } | { kind: "absent" | "silent"; reason: string };

/**
 * Asks the supervisor of this directory.
 *
 * @throws when it answers that it could not do it.
 */
export async function askSupervisor(
  directory: string,
  question: { method: "GET" | "POST"; path: string; body?: unknown; timeoutMs: number },
): Promise<Answer> {
  let status: number;
  let value: unknown;
  try {
    [status, value] = await send(join(directory, SOCKET_FILE), question);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    return { kind: ["ENOENT", "ECONNREFUSED"].includes(code) ? "absent" : "silent", reason: message };
  }
  if (status === 200) return { kind: "answer", value };
  const reason = (value as { error?: string }).error ?? `status ${status}`;
  throw new Error(`the supervisor in ${directory} refused ${question.method} ${question.path}: ${reason}`);
}

async function send(
  socketPath: string,
  question: { method: "GET" | "POST"; path: string; body?: unknown; timeoutMs: number },
): Promise<[number, unknown]> {
  const { method, path, timeoutMs } = question;
  const client = new Client("http://localhost", {
    connect: { socketPath, timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  try {
    const body = question.body === undefined ? null : JSON.stringify(question.body);
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await client.request({ method, path, body, signal });
    return [response.statusCode, await response.body.json()];
  } finally {
    await client.destroy();
  }
}
