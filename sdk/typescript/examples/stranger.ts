/**
 * From a stranger's address to a company, a trip, a webhook and an invoice preview, by the public API alone.
 *
 *     ESCALE_URL=... MAILBOX_URL=... node dist/examples/stranger.js a-slug
 *
 * The mailbox is any place that shows the letters to an address as text: GET {MAILBOX_URL}/{address}.
 */

import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

import { done, Escale, every, Problem, webhooks } from "../src/index.js";

const PATIENCE_S = 40;

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function need(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`${name} is missing.`);
  return value;
}

async function letterTo(mailbox: string, address: string): Promise<string> {
  for (const deadline = Date.now() + PATIENCE_S * 1000; Date.now() < deadline; ) {
    const token = /esi_[0-9A-Za-z_]+/.exec(await (await fetch(`${mailbox}/${address}`)).text());
    if (token !== null) return token[0];
    await new Promise((again) => setTimeout(again, 100));
  }
  throw new Error("no letter came");
}

async function main(baseUrl: string, mailbox: string, slug: string): Promise<void> {
  const began = performance.now();
  const steps: Record<string, number> = {};
  const note = (step: string): void => {
    steps[step] = Math.round((performance.now() - began) / 10) / 100;
  };

  const email = `owner@${slug}.example`;
  const stranger = new Escale({ baseUrl });
  const wish = { company_name: "Strangers", slug, email, name: "Alex Stranger" };
  const terms = { line: "white_label", plan: "business", zone: "Europe/Paris", country: "FR" } as const;
  await done(stranger.api.POST("/api/v1/signup", { body: { ...wish, ...terms } }));
  note("signed_up");
  const token = await letterTo(mailbox, email);
  const opened = await done(stranger.api.POST("/api/v1/signup/confirm", { body: { token } }));
  note("confirmed");

  let tell: (heard: Heard) => void;
  const told = new Promise<Heard>((resolve) => (tell = resolve));
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      response.writeHead(204).end();
      tell({ headers: request.headers, body: Buffer.concat(parts) });
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;

  const escale = new Escale({ baseUrl, credential: need(opened.api_key ?? undefined, "the key") });
  const registered = await done(
    escale.api.POST("/api/v1/webhooks/endpoints", {
      body: { url, allows_http: true, event_types: ["trip.planned.v1"] },
    }),
  );
  const trip = await done(
    escale.api.POST("/api/v1/enterprise/trips", {
      body: { traveller_id: opened.owner_id, purpose: "The first one" },
    }),
  );
  note("first_command");
  const { headers, body } = await told;
  const event = webhooks.verified(registered.secret, headers, body);
  if (!JSON.stringify(event).includes(trip.id)) throw new Error("The delivery is about something else.");
  note("first_webhook");
  const preview = await done(escale.api.GET("/api/v1/enterprise/billing", {}));
  note("first_invoice_preview");
  server.close();
  server.closeAllConnections();

  // What the library promises besides: reads that include one's writes, pages, typed refusals, later commands.
  const ids: string[] = [];
  const trips = (cursor: string | undefined) =>
    escale.api.GET("/api/v1/enterprise/trips", {
      params: { query: cursor === undefined ? { limit: 1 } : { limit: 1, cursor } },
    });
  for await (const each of every(trips)) ids.push(each.id);
  if (!ids.includes(trip.id)) throw new Error("The list lacks the trip.");
  const path = { trip_id: trip.id };
  const tooLate = { "If-Match": '"v9"' };
  const refused = await escale.api
    .POST("/api/v1/enterprise/trips/{trip_id}/cancel", {
      params: { path, header: tooLate },
      body: { reason: "Moved online" },
    })
    .then(() => undefined, (error: unknown) => error);
  if (!(refused instanceof Problem) || refused.code !== "stale_version") throw new Error(String(refused));
  const accepted = await escale.api.POST("/api/v1/enterprise/trips/{trip_id}/cancel", {
    params: { path, header: { Prefer: "respond-async" } },
    body: { reason: "Moved online" },
  });
  const settled = await escale.settled(need(accepted.response.headers.get("Escale-Command") ?? undefined, "the id"));
  if (settled.outcome !== "applied") throw new Error(settled.outcome);
  console.log(JSON.stringify({ steps, trip_id: trip.id, month: preview.invoice.month }));
}

await main(
  need(process.env["ESCALE_URL"], "ESCALE_URL"),
  need(process.env["MAILBOX_URL"], "MAILBOX_URL"),
  need(process.argv[2], "a slug"),
);
