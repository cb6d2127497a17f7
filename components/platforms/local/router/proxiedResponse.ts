import { ServerResponse } from "node:http";
import type { Exchange } from "./exchange";

/** Node's response with a place for the exchange it belongs to, so that its events need no closure for each request. */
export class ProxiedResponse extends ServerResponse {
  exchange: Exchange | null = null;
}
