/** An instance's answer head, ready to be sent to the client. */
export interface ResponseHead {
  headers: string[];
  /** The length the instance announced; -1 when it did not. */
  length: number;
}

/** Lengths of the names that are dropped or read. Other headers pass without being turned to lower case. */
const LOOKED_AT = new Set([7, 10, 14, 16, 17, 19]);

/**
 * Headers as undici gives them (names and values in turn, as bytes) with the hop-by-hop ones and foreign stamps dropped.
 * Order and duplicates stay, which `Set-Cookie` needs.
 */
export function readResponseHead(raw: readonly Buffer[], stamp: readonly string[]): ResponseHead {
  const headers: string[] = [];
  let length = -1;
  for (let i = 0; i < raw.length; i += 2) {
    const name = latin1(raw[i]);
    if (LOOKED_AT.has(name.length)) {
      switch (name.toLowerCase()) {
        case "connection":
        case "keep-alive":
        case "transfer-encoding":
        case "upgrade":
        case "proxy-connection":
        case "x-bluegreen-slot":
        case "x-bluegreen-release":
          continue;
        case "content-length":
          length = Number(latin1(raw[i + 1]));
      }
    }
    headers.push(name, latin1(raw[i + 1]));
  }
  headers.push(...stamp);
  return { headers, length };
}

function latin1(bytes: Buffer | undefined): string {
  return bytes === undefined ? "" : bytes.toString("latin1");
}
