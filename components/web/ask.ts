import { Agent, request } from "undici";

export interface Question {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
  /** Longest wait for the whole answer. Unit: milliseconds. */
  timeoutMs: number;
  /** Ends the wait early. */
  signal?: AbortSignal;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  /** The beginning of the body: 64 KiB of it at most. */
  body: string;
  durationMs: number;
}

/** There was no answer. The message names no path and no query, since these may be secrets. */
export class NoAnswer extends Error {
  constructor(
    readonly reason: "timeout" | "aborted" | "failed",
    message: string,
  ) {
    super(message);
    this.name = "NoAnswer";
  }
}

const MAX_BODY = 64 * 1024;

/**
 * One request on a connection of its own, which is closed afterwards. Redirects are not followed.
 *
 * @throws NoAnswer
 */
export async function ask(question: Question): Promise<Reply> {
  const { url, method, headers, body, timeoutMs } = question;
  const stopped = () => question.signal?.aborted ?? false;
  if (stopped()) throw new NoAnswer("aborted", "it was stopped");
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = question.signal === undefined ? deadline : AbortSignal.any([deadline, question.signal]);
  const agent = new Agent({ connections: 1, pipelining: 0, connect: { timeout: timeoutMs } });
  const started = performance.now();
  try {
    const answer = await request(url, {
      dispatcher: agent,
      method: method as "GET",
      headers,
      signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(body === undefined ? {} : { body }),
    });
    const text = await beginningOf(answer.body);
    return {
      status: answer.statusCode,
      headers: plain(answer.headers),
      body: text,
      durationMs: performance.now() - started,
    };
  } catch (error) {
    if (stopped()) throw new NoAnswer("aborted", "it was stopped");
    throw problem(error as Error & { code?: string }, timeoutMs);
  } finally {
    await agent.destroy();
  }
}

/** Where a request goes, for people: a path, a query and a user name may be secrets, and are left out. */
export function shownUrl(url: string): string {
  return URL.canParse(url) ? `${new URL(url).origin}/…` : "an address that cannot be read";
}

async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size > MAX_BODY) break;
  }
  return Buffer.concat(parts).subarray(0, MAX_BODY).toString("utf8");
}

function plain(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );
}

const TIMEOUTS = ["UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"];

function problem(error: Error & { code?: string }, timeoutMs: number): NoAnswer {
  if (error.name === "TimeoutError" || TIMEOUTS.includes(error.code ?? ""))
    return new NoAnswer("timeout", `no answer within ${timeoutMs} ms`);
  if (error.code === "ECONNREFUSED") return new NoAnswer("failed", "connection refused");
  if (error.code === "ENOTFOUND") return new NoAnswer("failed", "its host name is not known");
  return new NoAnswer("failed", error.code ?? (error.message === "" ? error.name : error.message));
}
