import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { settingsOf, tell } from "./message";

/** A service as quick as Node's own server is: it answers each request with the same text, and counts. */
export interface ApplicationSettings {
  body: string;
}

if (require.main === module) {
  const { body } = settingsOf() as ApplicationSettings;
  const headers = { "content-type": "text/plain", "content-length": Buffer.byteLength(body) };
  let answered = 0;
  const server = createServer({ keepAliveTimeout: 75_000 }, (_request, response) => {
    answered++;
    response.writeHead(200, headers).end(body);
  });
  // Any message asks for the count.
  process.on("message", () => void tell(answered));
  server.listen(0, "127.0.0.1", () => void tell((server.address() as AddressInfo).port));
}
