/** Is this delivery really from Escale, and from now? Standard Webhooks: HMAC-SHA256 over the bytes as they came. */

import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE_S = 300;

/** The delivery is not signed with this secret, or not now. Answer 401 and do nothing. */
export class NotGenuine extends Error {
  override readonly name = "NotGenuine";
}

export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly [attribute: string]: unknown;
}

/** The event in the delivery. Remember the header `webhook-id`: a delivery may come twice, under the same one. */
export function verified(
  secret: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string | Uint8Array,
  now: number = Date.now() / 1000,
): WebhookEvent {
  const told = (name: string): string => {
    const value = headers[name];
    if (typeof value !== "string") throw new NotGenuine("The headers of a delivery are missing or malformed.");
    return value;
  };
  const sentAt = told("webhook-timestamp");
  if (!/^\d{1,12}$/.test(sentAt)) throw new NotGenuine("The headers of a delivery are missing or malformed.");
  if (Math.abs(now - Number(sentAt)) > TOLERANCE_S) {
    throw new NotGenuine("The delivery is too old, or from the future.");
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const bytes = Buffer.from(body);
  const wanted = createHmac("sha256", key)
    .update(Buffer.concat([Buffer.from(`${told("webhook-id")}.${sentAt}.`), bytes]))
    .digest();
  const fits = told("webhook-signature")
    .split(" ")
    .some((each) => {
      if (!each.startsWith("v1,")) return false;
      const presented = Buffer.from(each.slice(3), "base64");
      return presented.length === wanted.length && timingSafeEqual(presented, wanted);
    });
  if (!fits) throw new NotGenuine("No signature of the delivery fits.");
  const event: unknown = JSON.parse(bytes.toString("utf8"));
  if (typeof event !== "object" || event === null) throw new NotGenuine("The delivery is no event.");
  return event as WebhookEvent;
}
