import { Agent, request } from "undici";
import type { Answer, Probe } from "../driver";

/** The largest part of a body that a check reads: more is of no use to an assertion and could fill the memory. */
const MAX_BODY = 1024 * 1024;

/** One request on a connection of its own: what is seen is what a new user would see. */
export async function probe(origin: string, wanted: Probe): Promise<Answer> {
  const agent = new Agent({ connections: 1, pipelining: 0, connect: { timeout: wanted.timeoutMs } });
  const started = performance.now();
  try {
    const answer = await request(`${origin}${wanted.path}`, {
      dispatcher: agent,
      method: wanted.method as "GET",
      signal: AbortSignal.timeout(wanted.timeoutMs),
      headersTimeout: wanted.timeoutMs,
      bodyTimeout: wanted.timeoutMs,
      ...(wanted.headers === undefined ? {} : { headers: wanted.headers }),
      ...(wanted.body === undefined ? {} : { body: wanted.body }),
    });
    const body = await readText(answer.body);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
    }
    return { status: answer.statusCode, headers, body, durationMs: performance.now() - started };
  } catch (error) {
    throw new Error(describe(error as Error & { code?: string }, wanted.timeoutMs));
  } finally {
    await agent.destroy();
  }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size > MAX_BODY) break;
  }
  return Buffer.concat(parts).toString("utf8");
}

function describe(error: Error & { code?: string }, timeoutMs: number): string {
  if (error.name === "TimeoutError" || error.code === "UND_ERR_CONNECT_TIMEOUT")
    return `no answer within ${timeoutMs} ms`;
  if (error.code === "ECONNREFUSED") return "connection refused";
  return error.message === "" ? (error.code ?? error.name) : error.message;
}
