import { ask, NoAnswer } from "../web/ask";

export interface Delivery {
  url: string;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * - `acknowledged`: the receiver has it
 * - `refused`: the receiver will never take it, so it is not sent again
 * - `unknown`: there was no answer, or one that says to try again
 */
export interface Receipt {
  result: "acknowledged" | "refused" | "unknown";
  /** For people; names neither the path nor the query of the address. */
  detail: string;
  /** How long the receiver asked to be left alone. Unit: milliseconds. */
  retryAfterMs?: number;
}

/** Sends one delivery. Never throws. */
export type Send = (delivery: Delivery) => Promise<Receipt>;

/** Statuses below 500 after which the same request may well be taken later. */
const LATER = [408, 425, 429];

export const postWebhook: Send = async ({ url, headers, body, timeoutMs, signal }) => {
  try {
    const { status, headers: answered } = await ask({ url, method: "POST", headers, body, timeoutMs, signal });
    const detail = `status ${status}`;
    if (status >= 200 && status < 300) return { result: "acknowledged", detail };
    if (status < 500 && !LATER.includes(status)) return { result: "refused", detail };
    const seconds = Number(answered["retry-after"]);
    return { result: "unknown", detail, ...(seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}) };
  } catch (error) {
    // Other errors than these may name the address.
    return { result: "unknown", detail: error instanceof NoAnswer ? error.message : "it could not be sent" };
  }
};
